// A linear model over hashed features; weight of class c and bucket k at weights[c * stride + k].

static inline uint32_t mixed_32(uint32_t h, uint32_t k) {
  k *= 0xCC9E2D51u;
  k = (k << 15 | k >> 17) * 0x1B873593u;
  h ^= k;
  return (h << 13 | h >> 19) * 5u + 0xE6546B64u;
}

// MurmurHash3 x86-32 of the 8 bytes of each key.
static void hash_keys(const uint64_t* keys, Long n, uint32_t seed, uint32_t* out, Long step) {
  for (Long i = 0; i < n; i++) {
    uint32_t h = mixed_32(mixed_32(seed, uint32_t(keys[i])), uint32_t(keys[i] >> 32)) ^ 8u;
    h = (h ^ h >> 16) * 0x85EBCA6Bu;
    h = (h ^ h >> 13) * 0xC2B2AE35u;
    out[i * step] = h ^ h >> 16;
  }
}

// Four features at a time, so that their cache misses overlap.
static void sparse_rows(const float* weights, Long classes, Long stride, const uint32_t* buckets,
                        const float* values, const int64_t* starts, Long first, Long past,
                        const float* b, float* Y) {
  for (Long r = first; r < past; r++)
    for (Long c = 0; c < classes; c++) {
      const float* w = weights + c * stride;
      float sums[4] = {};
      Long i = starts[r], end = starts[r + 1];
      for (; i + 4 <= end; i += 4)
        for (int k = 0; k < 4; k++)
          sums[k] += values[i + k] * (w[buckets[2 * (i + k)]] + w[buckets[2 * (i + k) + 1]]);
      for (; i < end; i++) sums[0] += values[i] * (w[buckets[2 * i]] + w[buckets[2 * i + 1]]);
      Y[r * classes + c] = b[c] + ((sums[0] + sums[1]) + (sums[2] + sums[3]));
    }
}

// dvalues, where it is given, is added to.
static void backprop_sparse_rows(const float* weights, float* gradient, Long classes, Long stride,
                                 const uint32_t* buckets, const float* values,
                                 const int64_t* starts, Long rows, const float* dY, Long dY_stride,
                                 float* dvalues) {
  for (Long c = 0; c < classes; c++) {
    const float* w = weights + c * stride;
    float* g = gradient + c * stride;
    for (Long r = 0; r < rows; r++) {
      float d = dY[r * dY_stride + c];
      for (Long i = starts[r]; i < starts[r + 1]; i++) {
        uint32_t one = buckets[2 * i], other = buckets[2 * i + 1];
        if (dvalues) dvalues[i] += d * (w[one] + w[other]);
        g[one] += d * values[i];
        g[other] += d * values[i];
      }
    }
  }
}
