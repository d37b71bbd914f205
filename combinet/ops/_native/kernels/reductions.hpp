// One row of each sequence; sequence i has the rows [starts[i], starts[i + 1]).

static void sum_sequences(const float* X, const int64_t* starts, Long first, Long past, Long width,
                          bool mean, float* Y) {
  for (Long i = first; i < past; i++) {
    Long rows = starts[i + 1] - starts[i];
    float* y = Y + i * width;
    for (Long j = 0; j < width; j++) y[j] = 0;
    add_rows_of(X + starts[i] * width, rows, width, width, y);
    if (mean && rows > 1) {
      float share = 1.f / float(rows);
      for (Long j = 0; j < width; j++) y[j] *= share;
    }
  }
}

static void backprop_sum_sequences(const float* dY, const int64_t* starts, Long first, Long past,
                                   Long width, bool mean, float* dX) {
  for (Long i = first; i < past; i++) {
    Long rows = starts[i + 1] - starts[i];
    float share = mean && rows > 1 ? 1.f / float(rows) : 1.f;
    const float* d = dY + i * width;
    for (Long r = starts[i]; r < starts[i + 1]; r++) {
      INDEPENDENT
      for (Long j = 0; j < width; j++) dX[r * width + j] = d[j] * share;
    }
  }
}

// The first of equals; a NaN wins over all, with any row.
static void max_sequences(const float* X, const int64_t* starts, Long first, Long past, Long width,
                          float* Y, int32_t* which) {
  for (Long i = first; i < past; i++) {
    float* __restrict y = Y + i * width;
    int32_t* __restrict w = which + i * width;
    const float* __restrict x = X + starts[i] * width;
    for (Long j = 0; j < width; j++) y[j] = x[j], w[j] = 0;
    for (Long r = 1; r < starts[i + 1] - starts[i]; r++) {
      x += width;
      for (Long j = 0; j < width; j++) {
        bool wins = (x[j] > y[j]) | (x[j] != x[j]);
        y[j] = wins ? x[j] : y[j];
        w[j] = wins ? int32_t(r) : w[j];
      }
    }
  }
}
