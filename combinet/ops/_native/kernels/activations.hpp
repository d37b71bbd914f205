// Activations by themselves: combinet.ops._activations and _piecewise have the formulas. What is
// cut off before a product keeps -inf * 0 from making a NaN; a NaN passes every cut.

static inline float at_least(float x, float low) { return x < low ? low : x; }
static inline float at_most(float x, float high) { return x > high ? high : x; }

static inline float relu_of(float x) { return x <= 0.f ? 0.f : x; }  // a NaN stays one

// Not through subnormal numbers, which are slow.
static inline float gate_of(float x) { return sigmoid_of(at_least(x, -87.f)); }

static inline float swish_of(float x) { return at_least(x, -87.f) * gate_of(x); }

static inline float swish_slope(float x) {
  float y = at_most(at_least(x, -87.f), 87.f), gate = gate_of(x);
  return gate + y * gate * (1.f - gate);
}

// Phi, the distribution function of the standard normal; density is e^(-x^2/2) on the way out.
//
// With t = 1 / (1 + 0.36 |x| / sqrt 2), e^(x^2/2) Phi(-|x|) = t q(t) / 2: q was fitted to t in
// (0, 1] by least squares, weighted until its largest relative error, 4e-8, was least.
static inline float normal_cdf_of(float x, float* density) {
  float size = __builtin_fabsf(x), e = exp_of(-0.5f * x * x);
  float t = 1.f / (1.f + 0.254558441f * size);
  float q = 0.037662339f;
  q = q * t - 0.141969198f;
  q = q * t + 0.143425331f;
  q = q * t - 0.0286367987f;
  q = q * t + 0.106516813f;
  q = q * t + 0.122924881f;
  q = q * t + 0.16391665f;
  q = q * t + 0.189944037f;
  q = q * t + 0.203107723f;
  q = q * t + 0.203108257f;
  float tail = 0.5f * e * t * q;
  *density = e;
  return x < 0.f ? tail : 1.f - tail;
}

static inline float gelu_of(float x) {
  float density;
  return at_least(x, -40.f) * normal_cdf_of(x, &density);
}

static inline float gelu_slope(float x) {
  float y = at_most(at_least(x, -40.f), 40.f), density;
  float share = normal_cdf_of(y, &density);
  return share + y * density * 0.398942280f;
}

constexpr float kGeluScale = 0.797884561f, kGeluCube = 0.044715f;  // sqrt(2 / pi)

static inline float gelu_approx_gate(float x) {
  return gate_of(2.f * kGeluScale * (x + kGeluCube * x * x * x));
}

// (1 + x / r) / 2 with r = sqrt(1 + x^2); for x < 0 in the form that does not cancel.
static inline float dish_gate(float x, float* root) {
  float size = __builtin_fabsf(x), r = __builtin_sqrtf(1.f + size * size), both = r + size;
  *root = r;
  return x < 0.f ? 0.5f / (r * both) : 0.5f * both / r;
}

static inline float dish_of(float x) {
  float root, y = at_most(at_least(x, -1e18f), 1e18f);
  return (y < 0.f ? y : x) * dish_gate(y, &root);
}

static inline float dish_slope(float x) {
  float root, y = at_most(at_least(x, -1e18f), 1e18f), gate = dish_gate(y, &root);
  return gate + 0.5f * (y / root / root / root);
}

// x tanh(ln(1 + e^x)), by tanh(ln u) = (u^2 - 1) / (u^2 + 1).
static inline float mish_of(float x) {
  float e = exp_of(at_most(x, 20.f)), n = e * (e + 2.f);
  return at_least(x, -87.f) * (n / (n + 2.f));
}

static inline float mish_slope(float x) {
  float y = at_most(at_least(x, -87.f), 20.f), e = exp_of(y), n = e * (e + 2.f), m = n + 2.f;
  return n / m + y * (4.f * e * (1.f + e) / (m * m));
}

// Y may be X, in these two.
template <class F>
static inline void each_number(const float* X, Long n, float* Y, F f) {
  INDEPENDENT
  for (Long i = 0; i < n; i++) Y[i] = f(X[i]);
}

template <class F>
static inline void each_slope(const float* dY, const float* X, Long n, float* dX, F slope) {
  INDEPENDENT
  for (Long i = 0; i < n; i++) dX[i] = dY[i] * slope(X[i]);
}

static void apply_curve(Curve curve, const CurveOptions& o, const float* X, Long n, float* Y) {
  const float slope = o.slope, offset = o.offset, low = o.low, high = o.high;
  switch (curve) {
    case Curve::relu:
      return each_number(X, n, Y, [](float x) { return relu_of(x); });
    case Curve::clipped_linear:
      return each_number(
          X, n, Y, [=](float x) { return at_most(at_least(x * slope + offset, low), high); });
    case Curve::hard_swish: {
      const float share = 0.5f / high;
      return each_number(X, n, Y, [=](float x) {
        return at_least(x, -high) * at_most(at_least(x * share + 0.5f, 0.f), 1.f);
      });
    }
    case Curve::sigmoid:
      return each_number(X, n, Y, [](float x) { return gate_of(x); });
    case Curve::swish:
      return each_number(X, n, Y, [](float x) { return swish_of(x); });
    case Curve::dish:
      return each_number(X, n, Y, [](float x) { return dish_of(x); });
    case Curve::gelu:
      return each_number(X, n, Y, [](float x) { return gelu_of(x); });
    case Curve::gelu_approx:
      return each_number(X, n, Y, [](float x) {
        return at_least(x, -30.f) * gelu_approx_gate(at_most(at_least(x, -30.f), 30.f));
      });
    case Curve::mish:
      return each_number(X, n, Y, [=](float x) {
        float y = mish_of(x);
        return x >= high ? x : y;
      });
  }
}

static void backprop_curve(Curve curve, const CurveOptions& o, const float* dY, const float* X,
                           const float* Y, Long n, float* dX) {
  const float slope = o.slope, offset = o.offset, low = o.low, high = o.high;
  switch (curve) {
    case Curve::relu:  // zero over infinite and undefined gradients too
      INDEPENDENT
      for (Long i = 0; i < n; i++) dX[i] = Y[i] <= 0.f ? 0.f : dY[i];
      return;
    case Curve::clipped_linear:
      INDEPENDENT
      for (Long i = 0; i < n; i++) {
        float line = X[i] * slope + offset, d = dY[i] * slope;
        dX[i] = ((line <= low) | (line >= high)) ? 0.f : d;
      }
      return;
    case Curve::hard_swish: {
      const float share = 1.f / high;
      return each_slope(dY, X, n, dX, [=](float x) {
        float line = x * share, inside = line > 1.f ? 1.f : line + 0.5f;
        return line < -1.f ? 0.f : inside;
      });
    }
    case Curve::sigmoid:
      return each_slope(dY, Y, n, dX, [](float y) { return y * (1.f - y); });
    case Curve::swish:
      INDEPENDENT
      for (Long i = 0; i < n; i++) {
        float gate = gate_of(X[i]);
        dX[i] = dY[i] * (gate + at_most(Y[i], 87.f) * (1.f - gate));
      }
      return;
    case Curve::dish:
      return each_slope(dY, X, n, dX, [](float x) { return dish_slope(x); });
    case Curve::gelu:
      return each_slope(dY, X, n, dX, [](float x) { return gelu_slope(x); });
    case Curve::gelu_approx:
      return each_slope(dY, X, n, dX, [](float x) {
        float y = at_most(at_least(x, -30.f), 30.f), gate = gelu_approx_gate(y);
        float inner = kGeluScale * (1.f + 3.f * kGeluCube * y * y);
        return gate + 2.f * y * inner * (gate * (1.f - gate));
      });
    case Curve::mish:
      return each_slope(dY, X, n, dX, [=](float x) {
        float inside = mish_slope(x);
        return x >= high ? 1.f : inside;
      });
  }
}
