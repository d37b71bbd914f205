// Every kernel's code, inside the namespace of one instruction set. Included once by each
// isa_*.cpp, which defines COMBINET_ISA, COMBINET_WIDTH and COMBINET_TILE_ROWS.

namespace combinet {
namespace COMBINET_ISA {

#include "simd.hpp"

#include "activations.hpp"
#include "dots.hpp"
#include "elementwise.hpp"
#include "embedding.hpp"
#include "gemm.hpp"
#include "gru.hpp"
#include "loss.hpp"
#include "lstm.hpp"
#include "maxout.hpp"
#include "norm.hpp"
#include "philox.hpp"
#include "pieces.hpp"
#include "pooling.hpp"
#include "reductions.hpp"
#include "softmax.hpp"
#include "sparse.hpp"
#include "step.hpp"
#include "windows.hpp"
// With functions of those above.
#include "attention.hpp"
#include "dense.hpp"

}  // namespace COMBINET_ISA

#define COMBINET_PASTE(isa) isa##_kernels
#define COMBINET_TABLE(isa) COMBINET_PASTE(isa)
#define COMBINET_QUOTE(isa) #isa
#define COMBINET_NAME(isa) COMBINET_QUOTE(isa)

extern const Kernels COMBINET_TABLE(COMBINET_ISA);
const Kernels COMBINET_TABLE(COMBINET_ISA) = {
    COMBINET_NAME(COMBINET_ISA),
#define KERNEL(result, name, arguments) COMBINET_ISA::name,
#include "all.rows"
#undef KERNEL
};

}  // namespace combinet
