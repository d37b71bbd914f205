// All kernels for what every processor of the platform has: SSE2 on x86-64, NEON on arm64.
#include "kernels.hpp"
#define COMBINET_ISA base
#define COMBINET_WIDTH 4  // floats in a vector
#if defined(__aarch64__)
#define COMBINET_TILE_ROWS 8  // of the matrix product: 16 sums, 2 columns, 1 row in 32 registers
#else
#define COMBINET_TILE_ROWS 4
#endif
#include "kernels/all.hpp"
