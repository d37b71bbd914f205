// Weights of attention from scores, and rotations. After softmax.hpp, of which it has functions.

// S = softmax(share S) over the keys that the mask shows, of which 0 hides one; zeros where there is
// none. Steps in the mask from one query, or key, to the next may be 0.
static void attention_rows(float* S, const uint8_t* mask, Long mask_row, Long mask_column,
                           Long rows, Long keys, float share) {
  for (Long i = 0; i < rows; i++) {
    float* s = S + i * keys;
    const uint8_t* seen = mask + i * mask_row;
    if (mask && mask_column) {
      INDEPENDENT
      for (Long j = 0; j < keys; j++) s[j] = seen[j] ? s[j] : -__builtin_inff();
    } else if (mask && !seen[0]) {
      for (Long j = 0; j < keys; j++) s[j] = -__builtin_inff();
    }
    const float high = row_max(s, keys);
    const float most = high == -__builtin_inff() ? 0.f : high;
    INDEPENDENT
    for (Long j = 0; j < keys; j++) s[j] = exp_of((s[j] - most) * share);
    const float sum = row_sum(keys, [=](Long j) { return s[j]; });
    const float part = sum == 0.f ? 1.f : 1.f / sum;
    for (Long j = 0; j < keys; j++) s[j] *= part;
  }
}

// Pair j of each head, columns j and j + half, turned by the angle j of the row's place.
static void rotate_rows(const float* X, const int32_t* places, const float* cosines,
                        const float* sines, Long rows, Long heads, Long half,
                        float* __restrict Y) {
  for (Long i = 0; i < rows; i++) {
    const float *c = cosines + places[i] * half, *s = sines + places[i] * half;
    for (Long h = 0; h < heads; h++, X += 2 * half, Y += 2 * half)
      for (Long j = 0; j < half; j++) {
        Y[j] = X[j] * c[j] - X[half + j] * s[j];
        Y[half + j] = X[half + j] * c[j] + X[j] * s[j];
      }
  }
}
