// What kernels and their callers share.
#pragma once
#include <cstddef>
#include <cstdint>

namespace combinet {

using Long = ptrdiff_t;  // the same as Python's Py_ssize_t

// A matrix in memory: element (i, j) lies at data[i * row + j * column].
struct Matrix {
  const float* data;
  Long row, column;
};

// Rows in order, `step` numbers apart; a step of 0 repeats one row.
struct Lines {
  const float* data;
  Long step;
};

// What is done to finished rows of a matrix product while they are in the cache.
//
// `apply` gets rows [first, first + rows) of the product, all `width` columns of them.
struct Epilogue {
  void (*apply)(const void* context, float* C, Long stride, Long first, Long rows, Long width);
  const void* context;
};

// Dropout of one array: a word of Philox below the threshold drops its element.
struct Dropping {
  uint32_t threshold;
  float scale;
  bool all;  // a rate of 1
  uint64_t key, draw;
};

// What a dense layer does to its sums.
enum class Activation { linear, relu, sigmoid, swish, mish, dish, gelu, softmax };

// An activation by itself. `high` is from where on mish is X itself, and how far hard swish bends.
enum class Curve { relu, clipped_linear, hard_swish, sigmoid, swish, dish, gelu, gelu_approx, mish };
struct CurveOptions {
  float slope, offset, low, high;
};

// One step of Adam and its kin on one parameter:
//     g = scale * cut(g);  m1 = b1 m1 + rest1 g;  m2 = b2 m2 + rest2 g^2
//     w = (keep_before w - rate m1 / (sqrt(m2) root_scale + eps)) keep_after
// Not `adaptive`: without the division.
struct AdamStep {
  float limit, scale, b1, rest1, b2, rest2, eps, root_scale, rate, keep_before, keep_after, share;
  bool adaptive;
};

// One step of gradient descent: m = momentum m + g;  w = (w - rate m) keep_after, or with Nesterov's
// look ahead g + momentum m in place of m.
struct SgdStep {
  float limit, scale, momentum, rate, keep_after, share;
  bool nesterov;
};

// Scratch space of this thread for one kernel at a time: slots 0 to 7. Null without memory.
float* scratch(int slot, Long numbers);

}  // namespace combinet
