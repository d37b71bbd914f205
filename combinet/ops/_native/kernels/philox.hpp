// Dropout by a counter-based generator: combinet.ops._philox has the formula and the source.

constexpr Long kWave = 64;  // blocks of four words at a time, so that the rounds run in vectors

static inline void philox_wave(uint32_t* __restrict words, uint64_t block, uint64_t key, uint64_t draw) {
  uint32_t a[kWave], b[kWave], c[kWave], d[kWave];
  for (Long i = 0; i < kWave; i++) {
    uint64_t number = block + uint64_t(i);
    a[i] = uint32_t(number), b[i] = uint32_t(number >> 32);
    c[i] = uint32_t(draw), d[i] = uint32_t(draw >> 32);
  }
  uint32_t k0 = uint32_t(key), k1 = uint32_t(key >> 32);
  for (int round = 0; round < 10; round++) {
    for (Long i = 0; i < kWave; i++) {
      uint64_t p = uint64_t(0xD2511F53u) * a[i], q = uint64_t(0xCD9E8D57u) * c[i];
      a[i] = uint32_t(q >> 32) ^ b[i] ^ k0;
      c[i] = uint32_t(p >> 32) ^ d[i] ^ k1;
      b[i] = uint32_t(q), d[i] = uint32_t(p);
    }
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
  }
  for (Long i = 0; i < kWave; i++) {
    words[4 * i] = a[i], words[4 * i + 1] = b[i];
    words[4 * i + 2] = c[i], words[4 * i + 3] = d[i];
  }
}

static void random_words(uint32_t* words, uint64_t block, Long blocks, uint64_t key, uint64_t draw) {
  uint32_t wave[4 * kWave];
  for (Long done = 0; done < blocks; done += kWave) {
    philox_wave(wave, block + uint64_t(done), key, draw);
    Long count = 4 * least(kWave, blocks - done);
    for (Long i = 0; i < count; i++) words[4 * done + i] = wave[i];
  }
}

// Y = X or 0, for elements [first, first + n) of an array; X and Y point at element `first`.
static void drop_out(const float* X, float* Y, Long first, Long n, const Dropping& dropping) {
  if (dropping.all) {
    for (Long i = 0; i < n; i++) Y[i] = 0.f;
    return;
  }
  uint32_t wave[4 * kWave];
  float scale = dropping.scale;
  uint32_t threshold = dropping.threshold;
  for (Long i = 0; i < n;) {
    Long skip = (first + i) % 4;
    philox_wave(wave, uint64_t((first + i) / 4), dropping.key, dropping.draw);
    Long count = least(4 * kWave - skip, n - i);
    const uint32_t* words = wave + skip;
    for (Long j = 0; j < count; j++) {
      float kept = X[i + j] * scale;
      Y[i + j] = words[j] >= threshold ? kept : 0.f;
    }
    i += count;
  }
}
