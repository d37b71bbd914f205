// Sums over rows, and one row added to all.

// sum[j] += X[0, j] + X[1, j] + ..., in pairs of 8 rows, so that the rounding stays small.
static void add_rows_of(const float* __restrict X, Long rows, Long stride, Long width,
                        float* __restrict sum) {
  Long i = 0;
  for (; i + 8 <= rows; i += 8) {
    const float* x = X + i * stride;
    for (Long j = 0; j < width; j++) {
      float a = x[j] + x[stride + j], b = x[2 * stride + j] + x[3 * stride + j];
      float c = x[4 * stride + j] + x[5 * stride + j], d = x[6 * stride + j] + x[7 * stride + j];
      sum[j] += (a + b) + (c + d);
    }
  }
  for (; i < rows; i++)
    for (Long j = 0; j < width; j++) sum[j] += X[i * stride + j];
}

static void add_to_rows(const float* __restrict row, Long rows, Long stride, Long width,
                        float* __restrict Y) {
  for (Long i = 0; i < rows; i++)
    for (Long j = 0; j < width; j++) Y[i * stride + j] += row[j];
}
