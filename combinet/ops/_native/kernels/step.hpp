// The optimizers' updates, each in one pass over weights, gradient, moments and average.

static inline float cut(float x, float limit) {
  x = x > limit ? limit : x;
  return x < -limit ? -limit : x;
}

// Of the numbers cut to [-limit, limit]; infinite or NaN only if one of them is. Short runs are
// summed in single precision, and again in double precision where that overflows.
static double sum_squares(const float* g, Long n, float limit) {
  constexpr Long kRun = 64 * W;
  double sum = 0;
  for (Long first = 0; first < n; first += kRun) {
    Long past = least(first + kRun, n), i = first;
    float lanes[4 * W] = {};
    for (; i + 4 * W <= past; i += 4 * W)
      for (int j = 0; j < 4 * W; j++) {
        float x = cut(g[i + j], limit);
        lanes[j] += x * x;
      }
    for (int j = 0; i < past; i++, j++) {
      float x = cut(g[i], limit);
      lanes[j] += x * x;
    }
    for (int j = 0; j < W; j++)
      lanes[j] = (lanes[j] + lanes[W + j]) + (lanes[2 * W + j] + lanes[3 * W + j]);
    float run = 0;
    for (int j = 0; j < W; j++) run += lanes[j];
    double exact = run;
    if (!(run < 3e38f)) {
      exact = 0;
      for (i = first; i < past; i++) exact += double(cut(g[i], limit)) * double(cut(g[i], limit));
    }
    sum += exact;
  }
  return sum;
}

static inline float prepared(float g, float limit, float scale) {
  return cut(g, limit) * scale;
}

template <bool ADAPTIVE, bool AVERAGED>
static inline void adam_loop(float* __restrict w, float* __restrict g, float* __restrict m1,
                             float* __restrict m2, float* __restrict average, Long n,
                             const AdamStep& s) {
  for (Long i = 0; i < n; i++) {
    float x = prepared(g[i], s.limit, s.scale);
    float a = s.b1 * m1[i] + s.rest1 * x;
    float b = s.b2 * m2[i] + s.rest2 * x * x;
    float change = ADAPTIVE ? a / (__builtin_sqrtf(b) * s.root_scale + s.eps) : a;
    float y = (w[i] * s.keep_before - s.rate * change) * s.keep_after;
    w[i] = y, m1[i] = a, m2[i] = b, g[i] = 0;
    if (AVERAGED) average[i] += s.share * (y - average[i]);
  }
}

static void adam_update(float* w, float* g, float* m1, float* m2, float* average, Long n,
                        const AdamStep& s) {
  if (s.adaptive && average)
    adam_loop<true, true>(w, g, m1, m2, average, n, s);
  else if (s.adaptive)
    adam_loop<true, false>(w, g, m1, m2, average, n, s);
  else if (average)
    adam_loop<false, true>(w, g, m1, m2, average, n, s);
  else
    adam_loop<false, false>(w, g, m1, m2, average, n, s);
}

template <bool MOMENTUM, bool AVERAGED>
static inline void sgd_loop(float* __restrict w, float* __restrict g, float* __restrict m1,
                            float* __restrict average, Long n, const SgdStep& s) {
  for (Long i = 0; i < n; i++) {
    float x = prepared(g[i], s.limit, s.scale);
    if (MOMENTUM) {
      m1[i] = s.momentum * m1[i] + x;
      x = s.nesterov ? x + s.momentum * m1[i] : m1[i];
    }
    float y = (w[i] - s.rate * x) * s.keep_after;
    w[i] = y, g[i] = 0;
    if (AVERAGED) average[i] += s.share * (y - average[i]);
  }
}

static void sgd_update(float* w, float* g, float* m1, float* average, Long n, const SgdStep& s) {
  if (m1 && average)
    sgd_loop<true, true>(w, g, m1, average, n, s);
  else if (m1)
    sgd_loop<true, false>(w, g, m1, average, n, s);
  else if (average)
    sgd_loop<false, true>(w, g, m1, average, n, s);
  else
    sgd_loop<false, false>(w, g, m1, average, n, s);
}
