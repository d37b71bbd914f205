// Maxout over sums, layer normalization, and the gradients of both, row by row.

// The pieces of a unit lie side by side: Z (rows, units, pieces). The first of equals wins, and a
// NaN wins over all.
template <int P>
static inline void maxout_of(const float* __restrict Z, const float* __restrict b, Long rows,
                             Long units, Long pieces, float* __restrict best,
                             uint8_t* __restrict which) {
  const Long count = P ? P : pieces;
  for (Long i = 0; i < rows; i++) {
    const float* z = Z + i * units * count;
    for (Long o = 0; o < units; o++) {
      float most = z[o * count] + b[o * count];
      int place = 0;
      for (Long p = 1; p < count; p++) {
        float x = z[o * count + p] + b[o * count + p];
        bool wins = (x > most) | (x != x);
        most = wins ? x : most;
        place = wins ? int(p) : place;
      }
      best[i * units + o] = most;
      which[i * units + o] = uint8_t(place);
    }
  }
}

static void maxout_rows(const float* Z, const float* b, Long rows, Long units, Long pieces,
                        float* best, uint8_t* which) {
  switch (pieces) {
    case 2: return maxout_of<2>(Z, b, rows, units, pieces, best, which);
    case 3: return maxout_of<3>(Z, b, rows, units, pieces, best, which);
    case 4: return maxout_of<4>(Z, b, rows, units, pieces, best, which);
    default: return maxout_of<0>(Z, b, rows, units, pieces, best, which);
  }
}

// To clear all and then write one number a unit is faster than to choose each.
static void backprop_maxout_rows(const float* dY, const uint8_t* which, Long rows, Long units,
                                 Long pieces, float* dZ) {
  for (Long i = 0; i < rows; i++, dY += units, which += units, dZ += units * pieces) {
    for (Long j = 0; j < units * pieces; j++) dZ[j] = 0.f;
    for (Long o = 0; o < units; o++) dZ[o * pieces + (which[o] < pieces ? which[o] : 0)] = dY[o];
  }
}

// Sums over a row, in W lanes.
template <class F>
static inline float row_sum(Long n, F f) {
  float lanes[W] = {};
  Long j = 0;
  for (; j + W <= n; j += W)
    for (int k = 0; k < W; k++) lanes[k] += f(j + k);
  for (; j < n; j++) lanes[j % W] += f(j);
  float sum = 0;
  for (int k = 0; k < W; k++) sum += lanes[k];
  return sum;
}

// Of the distances to the first: exact where all are equal, and a large mean costs no digits.
static inline float row_mean(const float* x, Long n) {
  const float first = n ? x[0] : 0.f;
  float mean = first + row_sum(n, [=](Long j) { return x[j] - first; }) / float(n);
  if (__builtin_fabsf(mean) <= 1e38f) return mean;
  double sum = 0;
  for (Long j = 0; j < n; j++) sum += double(x[j]);
  return float(sum / double(n));
}

// The mean of (x - middle)^2, which numbers about 1e20 apart need a double for.
static inline double row_spread(const float* x, Long n, float middle) {
  float sum = row_sum(n, [=](Long j) { return (x[j] - middle) * (x[j] - middle); });
  if (sum <= 1e38f) return double(sum / float(n));
  double exact = 0;
  for (Long j = 0; j < n; j++) exact += (double(x[j]) - double(middle)) * (double(x[j]) - double(middle));
  return exact / double(n);
}

// normal = (X - mean) rstd, Y = normal G + c. X may be Y.
static void norm_rows(const float* X, const float* G, const float* c, Long rows, Long width,
                      float eps, float* normal, float* rstd, float* Y) {
  for (Long i = 0; i < rows; i++) {
    const float* x = X + i * width;
    float* h = normal + i * width;
    float* y = Y + i * width;
    float mean = row_mean(x, width);
    float r = float(1. / __builtin_sqrt(row_spread(x, width, mean) + double(eps)));
    rstd[i] = r;
    for (Long j = 0; j < width; j++) {
      float value = (x[j] - mean) * r;
      h[j] = value;
      y[j] = value * G[j] + c[j];
    }
  }
}

// dG and dc are added to; dX may be dY.
static void backprop_norm_rows(const float* dY, const float* __restrict G, const float* normal,
                               const float* rstd, Long rows, Long width, float* __restrict dG,
                               float* __restrict dc, float* dX) {
  for (Long i = 0; i < rows; i++) {
    const float* d = dY + i * width;
    const float* __restrict h = normal + i * width;
    float* out = dX + i * width;
    float mean = row_sum(width, [=](Long j) { return d[j] * G[j]; }) / float(width);
    float along = row_sum(width, [=](Long j) { return d[j] * G[j] * h[j]; }) / float(width);
    for (Long j = 0; j < width; j++) {
      float g = d[j];
      dG[j] += g * h[j];
      dc[j] += g;
      out[j] = (g * G[j] - mean - h[j] * along) * rstd[i];
    }
  }
}

static void add_into(const float* __restrict X, Long n, float* __restrict Y) {
  for (Long i = 0; i < n; i++) Y[i] += X[i];
}
