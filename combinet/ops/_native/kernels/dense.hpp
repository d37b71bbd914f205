// What follows the matrix product of a dense layer, and its gradient. After activations.hpp,
// reductions.hpp and softmax.hpp, of which it has functions.

template <class F>
static inline void each(const float* __restrict bias, float* Z, float* Y, Long rows, Long width, F f) {
  for (Long i = 0; i < rows; i++, Z += width, Y += width)
    for (Long j = 0; j < width; j++) {
      float z = Z[j] + bias[j];
      Z[j] = z;
      Y[j] = f(z);
    }
}

// Z += bias and Y = f(Z), row by row; Y may be Z.
static void activate(Activation kind, const float* bias, float* Z, float* Y, Long rows, Long width) {
  switch (kind) {
    case Activation::linear:
      return each(bias, Z, Y, rows, width, [](float z) { return z; });
    case Activation::relu:
      return each(bias, Z, Y, rows, width, [](float z) { return relu_of(z); });
    case Activation::sigmoid:
      return each(bias, Z, Y, rows, width, [](float z) { return sigmoid_of(z); });
    case Activation::swish:
      return each(bias, Z, Y, rows, width, [](float z) { return swish_of(z); });
    case Activation::mish:
      return each(bias, Z, Y, rows, width, [](float z) { return mish_of(z); });
    case Activation::dish:
      return each(bias, Z, Y, rows, width, [](float z) { return dish_of(z); });
    case Activation::gelu:
      return each(bias, Z, Y, rows, width, [](float z) { return gelu_of(z); });
    case Activation::softmax:
      add_to_rows(bias, rows, width, width, Z);
      softmax_rows(Z, rows, width, 1.f, Y);
  }
}

// dZ of dY over n numbers. Relu takes its mask from Y, behind a dropout with `scale` too.
static void backprop_activate(Activation kind, const float* dY, const float* Z, const float* Y,
                              float scale, float* dZ, Long n) {
  switch (kind) {
    case Activation::relu:
      for (Long i = 0; i < n; i++) {
        float d = dY[i] * scale;
        dZ[i] = Y[i] <= 0.f ? 0.f : d;
      }
      return;
    case Activation::sigmoid:
      for (Long i = 0; i < n; i++) {
        float s = sigmoid_of(Z[i]);
        dZ[i] = dY[i] * (s * (1.f - s));
      }
      return;
    case Activation::swish:
      return each_slope(dY, Z, n, dZ, [](float z) { return swish_slope(z); });
    case Activation::mish:
      return each_slope(dY, Z, n, dZ, [](float z) { return mish_slope(z); });
    case Activation::dish:
      return each_slope(dY, Z, n, dZ, [](float z) { return dish_slope(z); });
    case Activation::gelu:
      return each_slope(dY, Z, n, dZ, [](float z) { return gelu_slope(z); });
    default:
      for (Long i = 0; i < n; i++) dZ[i] = dY[i];
  }
}
