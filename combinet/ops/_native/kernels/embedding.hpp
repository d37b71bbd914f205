// Rows of tables: by the hashes of ids, summed, and gradients added back into them.

static inline uint64_t finish_64(uint64_t h) {
  h = (h ^ (h >> 33)) * 0xFF51AFD7ED558CCDu;
  h = (h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53u;
  return h ^ (h >> 33);
}

// Four rows of each id: MurmurHash3 x64-128 of its 8 bytes, each of its words modulo `limit`.
//
// Source: the modulo by a product, Lemire, Kaser and Kurz, "Faster remainder by direct
// computation" (2019); exact for 32 bits.
static void hash_rows(const uint64_t* ids, Long step, Long n, uint32_t seed, uint32_t limit,
                      int32_t* rows, Long row_step) {
  const uint64_t reciprocal = ~uint64_t(0) / limit + 1, start = seed ^ 8u;
  for (Long i = 0; i < n; i++, rows += row_step) {
    uint64_t k = ids[i * step] * 0x87C37B91114253D5u;
    k = (k << 31 | k >> 33) * 0x4CF5AD432745937Fu;
    uint64_t h1 = (k ^ start) + start, h2 = h1 + start;
    h1 = finish_64(h1), h2 = finish_64(h2);
    h1 += h2, h2 += h1;
    const uint32_t words[4] = {uint32_t(h1), uint32_t(h1 >> 32), uint32_t(h2), uint32_t(h2 >> 32)};
    for (int j = 0; j < 4; j++) {
      uint64_t low = limit == 1 ? 0 : reciprocal * words[j];
      rows[j] = int32_t((unsigned __int128)low * limit >> 64);
    }
  }
}

// Y[i] = sum over k < count of table[rows[i, k]].
static void gather_rows(const float* table, Long stride, const int32_t* rows, Long row_step,
                        Long count, Long n, Long width, float* Y, Long Y_stride) {
  for (Long i = 0; i < n; i++, rows += row_step, Y += Y_stride) {
    float* __restrict y = Y;
    Long k = 0;
    if (count >= 4) {
      const float *a = table + rows[0] * stride, *b = table + rows[1] * stride;
      const float *c = table + rows[2] * stride, *d = table + rows[3] * stride;
      for (Long j = 0; j < width; j++) y[j] = a[j] + b[j] + c[j] + d[j];
      k = 4;
    } else {
      for (Long j = 0; j < width; j++) y[j] = 0;
    }
    for (; k < count; k++) {
      const float* a = table + rows[k] * stride;
      for (Long j = 0; j < width; j++) y[j] += a[j];
    }
  }
}

// table[rows[i, k]] += dY[i], for each k < count; rows below 0 are skipped.
static void scatter_rows(float* table, Long stride, const int32_t* rows, Long row_step, Long count,
                         Long n, Long width, const float* dY, Long dY_stride) {
  for (Long i = 0; i < n; i++, rows += row_step, dY += dY_stride)
    for (Long k = 0; k < count; k++) {
      if (rows[k] < 0) continue;
      float* __restrict to = table + rows[k] * stride;
      for (Long j = 0; j < width; j++) to[j] += dY[j];
    }
}
