// All kernels for x86-64 with AVX-512 (F, BW, DQ, VL).
#if defined(__x86_64__)
#include "kernels.hpp"
#define COMBINET_ISA avx512
#define COMBINET_WIDTH 16       // floats in a vector
#define COMBINET_TILE_ROWS 14   // of the matrix product: 28 sums, 2 columns, 1 row in 32 registers
#if defined(__clang__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,fma,prefer-vector-width=512")
#endif
#include "kernels/all.hpp"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
