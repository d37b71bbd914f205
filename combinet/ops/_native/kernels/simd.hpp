// A vector of COMBINET_WIDTH floats, at any address, and the functions of one number that the
// compiler turns into functions of a vector.

// Before a loop whose turns touch different memory, which the compiler cannot see.
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

constexpr int W = COMBINET_WIDTH;
typedef float Vector __attribute__((vector_size(COMBINET_WIDTH * 4), aligned(4), may_alias));

// The order in which two vectors are interleaved, their lower halves and their upper ones.
#if COMBINET_WIDTH == 16
#define COMBINET_INTERLEAVE_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define COMBINET_INTERLEAVE_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif COMBINET_WIDTH == 8
#define COMBINET_INTERLEAVE_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define COMBINET_INTERLEAVE_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define COMBINET_INTERLEAVE_LOW 0, 4, 1, 5
#define COMBINET_INTERLEAVE_HIGH 2, 6, 3, 7
#endif

static inline Vector load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
static inline void store(float* p, Vector v) { *reinterpret_cast<Vector*>(p) = v; }
static constexpr Long least(Long a, Long b) { return a < b ? a : b; }

// e^x within 2 units in the last place; 0 below -103.97, infinity above 88.72, NaN of NaN.
//
// Source: Cephes' expf: x = n ln 2 + r, a polynomial in r, scaled by 2^n in two steps so that
// subnormal results come out right.
static inline float exp_of(float x) {
  float y = x < -104.f ? -104.f : x;  // a NaN stays one, in both
  y = y > 89.f ? 89.f : y;
  float n = __builtin_rintf(y * 1.44269504088896341f);
  float r = y - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.f;
  int32_t power = int32_t(n), half = power >> 1, rest = power - half;
  return p * __builtin_bit_cast(float, uint32_t(half + 127) << 23) *
         __builtin_bit_cast(float, uint32_t(rest + 127) << 23);
}

static inline float sigmoid_of(float x) { return 1.f / (1.f + exp_of(-x)); }

// tanh within a few units in the last place; its odd series near 0, where 2 s(2x) - 1 cancels.
static inline float tanh_of(float x) {
  float far = 2.f / (1.f + exp_of(-2.f * x)) - 1.f;
  float q = x * x;
  float near = x + x * q * (-0.333333333f + q * (0.133333333f + q * (-0.053968254f + q * 0.021869489f)));
  return q < 0.0625f ? near : far;
}
