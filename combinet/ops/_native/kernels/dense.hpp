// What follows the matrix product of a dense layer, and its gradient.

static inline float relu_of(float z) { return z <= 0.f ? 0.f : z; }  // a NaN stays one

// z tanh(ln(1 + e^z)), by tanh(ln u) = (u^2 - 1) / (u^2 + 1).
static inline float mish_share(float z) {
  float e = exp_of(z > 20.f ? 20.f : z), n = e * (e + 2.f);
  return n / (n + 2.f);
}

template <class F>
static inline void each(const float* __restrict bias, float* Z, float* Y, Long rows, Long width, F f) {
  for (Long i = 0; i < rows; i++, Z += width, Y += width)
    for (Long j = 0; j < width; j++) {
      float z = Z[j] + bias[j];
      Z[j] = z;
      Y[j] = f(z);
    }
}

static inline void softmax_row(const float* __restrict bias, float* z, Long width) {
  float most = -__builtin_inff(), sum = 0;
  for (Long j = 0; j < width; j++) {
    z[j] += bias[j];
    most = z[j] > most ? z[j] : most;
  }
  for (Long j = 0; j < width; j++) z[j] = exp_of(z[j] - most);
  for (Long j = 0; j < width; j++) sum += z[j];
  float share = 1.f / sum;
  for (Long j = 0; j < width; j++) z[j] *= share;
}

// Z += bias and Y = f(Z), row by row; Y may be Z, and is where softmax is asked for.
static void activate(Activation kind, const float* bias, float* Z, float* Y, Long rows, Long width) {
  switch (kind) {
    case Activation::linear:
      return each(bias, Z, Y, rows, width, [](float z) { return z; });
    case Activation::relu:
      return each(bias, Z, Y, rows, width, [](float z) { return relu_of(z); });
    case Activation::sigmoid:
      return each(bias, Z, Y, rows, width, [](float z) { return sigmoid_of(z); });
    case Activation::swish:
      return each(bias, Z, Y, rows, width, [](float z) { return z * sigmoid_of(z); });
    case Activation::mish:
      return each(bias, Z, Y, rows, width, [](float z) { return z * mish_share(z); });
    case Activation::softmax:
      for (Long i = 0; i < rows; i++) softmax_row(bias, Z + i * width, width);
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
      for (Long i = 0; i < n; i++) {
        float s = sigmoid_of(Z[i]);
        dZ[i] = dY[i] * (s + Z[i] * s * (1.f - s));
      }
      return;
    case Activation::mish:
      for (Long i = 0; i < n; i++) {
        float t = mish_share(Z[i]), s = sigmoid_of(Z[i]);
        dZ[i] = dY[i] * (t + Z[i] * s * (1.f - t * t));
      }
      return;
    default:
      for (Long i = 0; i < n; i++) dZ[i] = dY[i];
  }
}
