// Softmax along rows, and down sequences. Where the largest number is no finite one, its own power
// is a NaN, and by the sum all are.

static inline float row_max(const float* x, Long n) {
  float most = -__builtin_inff();
  Long j = 0;
  if (n >= W) {
    Vector high = load(x);
    for (j = W; j + W <= n; j += W) {
      Vector v = load(x + j);
      high = ((v > high) | (v != v)) ? v : high;
    }
    for (int k = 0; k < W; k++) {
      bool wins = (high[k] > most) | (high[k] != high[k]);
      most = wins ? high[k] : most;
    }
  }
  for (; j < n; j++) most = ((x[j] > most) | (x[j] != x[j])) ? x[j] : most;
  return most;
}

// Y = softmax(share X); Y may be X.
static void softmax_rows(const float* X, Long rows, Long width, float share, float* Y) {
  for (Long i = 0; i < rows; i++) {
    const float* x = X + i * width;
    float* y = Y + i * width;
    const float most = row_max(x, width);
    INDEPENDENT
    for (Long j = 0; j < width; j++) y[j] = exp_of((x[j] - most) * share);
    const float part = 1.f / row_sum(width, [=](Long j) { return y[j]; });
    for (Long j = 0; j < width; j++) y[j] *= part;
  }
}

// dX may be dY.
static void backprop_softmax_rows(const float* Y, const float* dY, Long rows, Long width,
                                  float share, float* dX) {
  for (Long i = 0; i < rows; i++) {
    const float *y = Y + i * width, *d = dY + i * width;
    float* out = dX + i * width;
    const float sum = row_sum(width, [=](Long j) { return y[j] * d[j]; });
    INDEPENDENT
    for (Long j = 0; j < width; j++) out[j] = (y[j] * d[j] - y[j] * sum) * share;
  }
}

// Of each column by itself; `most` has room for two rows. Y may be X.
static void softmax_down(const float* X, const int64_t* starts, Long first, Long past, Long width,
                         float* __restrict most, float* Y) {
  float* __restrict sums = most + width;
  for (Long i = first; i < past; i++) {
    for (Long j = 0; j < width; j++) most[j] = -__builtin_inff(), sums[j] = 0.f;
    for (Long r = starts[i]; r < starts[i + 1]; r++)
      for (Long j = 0; j < width; j++) {
        float value = X[r * width + j];
        most[j] = ((value > most[j]) | (value != value)) ? value : most[j];
      }
    for (Long r = starts[i]; r < starts[i + 1]; r++) {
      INDEPENDENT
      for (Long j = 0; j < width; j++) {
        float power = exp_of(X[r * width + j] - most[j]);
        Y[r * width + j] = power;
        sums[j] += power;
      }
    }
    for (Long j = 0; j < width; j++) sums[j] = 1.f / sums[j];
    for (Long r = starts[i]; r < starts[i + 1]; r++)
      for (Long j = 0; j < width; j++) Y[r * width + j] *= sums[j];
  }
}

static void backprop_softmax_down(const float* Y, const float* dY, const int64_t* starts,
                                  Long first, Long past, Long width, float* __restrict sums,
                                  float* __restrict dX) {
  for (Long i = first; i < past; i++) {
    for (Long j = 0; j < width; j++) sums[j] = 0.f;
    for (Long r = starts[i]; r < starts[i + 1]; r++)
      for (Long j = 0; j < width; j++) sums[j] += Y[r * width + j] * dY[r * width + j];
    for (Long r = starts[i]; r < starts[i + 1]; r++)
      for (Long j = 0; j < width; j++) {
        float y = Y[r * width + j];
        dX[r * width + j] = y * dY[r * width + j] - y * sums[j];
      }
  }
}
