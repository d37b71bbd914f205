// The gradient of the cross-entropy by the logits.

// d = (Y - T) share; T null for zeros. Adds the sum of d^2 to `sum`. False where a guess or a truth
// lies outside 0 to 1, which a NaN among the guesses does not.
static bool cross_entropy_rows(const float* Y, const float* T, Long n, float share, float* d,
                               double* sum) {
  constexpr Long kRun = 256 * W;  // numbers of which the squares are summed in single precision
  int wrong = 0;
  for (Long start = 0; start < n; start += kRun) {
    const Long past = least(start + kRun, n);
    float lanes[W] = {};
    for (Long i = start; i < past; i += W) {
      Long count = least(W, past - i);
      for (Long j = 0; j < count; j++) {
        float y = Y[i + j], t = T ? T[i + j] : 0.f;
        wrong |= (y < 0.f) | (y > 1.00001f) | !((t >= 0.f) & (t <= 1.f));
        float gradient = (y - t) * share;
        d[i + j] = gradient;
        lanes[j] += gradient * gradient;
      }
    }
    for (int j = 0; j < W; j++) *sum += double(lanes[j]);
  }
  return !wrong;
}
