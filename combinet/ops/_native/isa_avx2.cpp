// All kernels for x86-64 with AVX2 and FMA.
#if defined(__x86_64__)
#include "kernels.hpp"
#define COMBINET_ISA avx2
#define COMBINET_WIDTH 8      // floats in a vector
#define COMBINET_TILE_ROWS 6  // of the matrix product: 12 sums, 2 columns, 1 row in 16 registers
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#include "kernels/all.hpp"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
