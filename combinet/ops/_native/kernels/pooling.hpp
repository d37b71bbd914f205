// Rows of a table, summed over each sequence of the items that name `count` rows each.

static inline float pool_share(bool mean, Long items) {
  return mean && items > 1 ? 1.f / float(items) : 1.f;
}

// Rows far apart in a large table: those of the next eight are asked for in advance.
static void pool_rows(const float* table, Long stride, const int32_t* rows, Long count,
                      const int64_t* starts, Long first, Long past, Long width, bool mean,
                      float* Y) {
  for (Long i = first; i < past; i++) {
    float* __restrict y = Y + i * width;
    const int32_t* r = rows + starts[i] * count;
    const Long all = (starts[i + 1] - starts[i]) * count;
    Long k = 0;
    for (Long j = 0; j < width; j++) y[j] = 0.f;
    for (; k + 8 <= all; k += 8, r += 8) {
      if (k + 16 <= all)
        for (int next = 8; next < 16; next++)
          for (Long j = 0; j < width; j += 16) __builtin_prefetch(table + r[next] * stride + j);
      const float *a = table + r[0] * stride, *b = table + r[1] * stride;
      const float *c = table + r[2] * stride, *d = table + r[3] * stride;
      const float *e = table + r[4] * stride, *f = table + r[5] * stride;
      const float *g = table + r[6] * stride, *h = table + r[7] * stride;
      for (Long j = 0; j < width; j++)
        y[j] += ((a[j] + b[j]) + (c[j] + d[j])) + ((e[j] + f[j]) + (g[j] + h[j]));
    }
    for (; k < all; k++, r++)
      for (Long j = 0; j < width; j++) y[j] += table[*r * stride + j];
    const float share = pool_share(mean, starts[i + 1] - starts[i]);
    for (Long j = 0; j < width; j++) y[j] *= share;
  }
}

// Back: each sequence's gradient, or its share of it, is added to all the rows that it was made of.
static void spread_rows(float* table, Long stride, const int32_t* rows, Long count,
                        const int64_t* starts, Long sequences, Long width, bool mean,
                        const float* dY, Long dY_stride) {
  const Long items = starts[sequences] * count;
  for (Long i = 0; i < sequences; i++) {
    const float* d = dY + i * dY_stride;
    const float share = pool_share(mean, starts[i + 1] - starts[i]);
    for (Long k = starts[i] * count; k < starts[i + 1] * count; k++) {
      if (k + 8 < items)
        for (Long j = 0; j < width; j += 16) __builtin_prefetch(table + rows[k + 8] * stride + j, 1);
      float* __restrict to = table + rows[k] * stride;
      for (Long j = 0; j < width; j++) to[j] += d[j] * share;
    }
  }
}
