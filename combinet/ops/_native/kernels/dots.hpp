// Matrix products of very few rows or very few columns, C = A W' with W (N, K): both are read along
// their rows where they lie, for to pack them would cost more than the product.

// The halves of both added up, interleaved: a and b take turns in what comes out.
static inline Vector folded(Vector a, Vector b) {
  return __builtin_shufflevector(a, b, COMBINET_INTERLEAVE_LOW) +
         __builtin_shufflevector(a, b, COMBINET_INTERLEAVE_HIGH);
}

// The last `count` of W numbers, and zeros before them.
static inline Vector last_of(const float* p, Long count) {
  typedef int32_t Lanes __attribute__((vector_size(COMBINET_WIDTH * 4)));
  Lanes lane;
  for (int i = 0; i < W; i++) lane[i] = i;
  const Vector numbers = load(p), nothing = {};
  return lane >= int32_t(W - count) ? numbers : nothing;
}

// Sums along both rows: HEIGHT lines of A with LINES, at most 4, of the weights; K is at least W.
template <int HEIGHT, int LINES>
static void dots_of(Long K, const float* a, Long a_step, const float* w, Long w_step, float* c,
                    Long stride, bool add) {
  Vector sums[HEIGHT][4] = {};
  auto add_products = [&](auto numbers) {
    Vector line[LINES];
#pragma GCC unroll 4
    for (int j = 0; j < LINES; j++) line[j] = numbers(w + j * w_step);
#pragma GCC unroll 4
    for (int i = 0; i < HEIGHT; i++) {
      Vector x = numbers(a + i * a_step);
#pragma GCC unroll 4
      for (int j = 0; j < LINES; j++) sums[i][j] += x * line[j];
    }
  };
  for (Long k = 0; k + W <= K; k += W) add_products([=](const float* p) { return load(p + k); });
  if (K % W) add_products([=](const float* p) { return last_of(p + K - W, K % W); });
#pragma GCC unroll 4
  for (int i = 0; i < HEIGHT; i++) {
    // Four vectors folded into one, lane j of which holds a part of sum j % 4.
    Vector even = folded(sums[i][0], sums[i][2]), odd = folded(sums[i][1], sums[i][3]);
    float parts[W], *to = c + i * stride;
    store(parts, folded(even, odd));
    for (int j = 0; j < LINES; j++) {
      float sum = 0;
      for (int q = 0; q < W; q += 4) sum += parts[q + j];
      to[j] = add ? to[j] + sum : sum;
    }
  }
}

template <int LINES>
static void dots_down(Long M, Long K, const Matrix& A, const float* w, Long w_step, float* C,
                      Long stride, bool add) {
  Long m = 0;
  for (; m + 4 <= M; m += 4)
    dots_of<4, LINES>(K, A.data + m * A.row, A.row, w, w_step, C + m * stride, stride, add);
  for (; m + 2 <= M; m += 2)
    dots_of<2, LINES>(K, A.data + m * A.row, A.row, w, w_step, C + m * stride, stride, add);
  for (; m < M; m++)
    dots_of<1, LINES>(K, A.data + m * A.row, A.row, w, w_step, C + m * stride, stride, add);
}

// A's numbers of a row lie side by side; K is at least W.
static void gemm_dots(Long M, Long N, Long K, const Matrix& A, const float* weights, Long row,
                      float* C, Long stride, bool add) {
  constexpr Long kLines = 32;  // of A at a time: they stay in the cache for all of W
  for (Long m = 0; m < M; m += kLines) {
    const Long count = least(kLines, M - m);
    const Matrix lines = {A.data + m * A.row, A.row, 1};
    for (Long n = 0; n < N; n += 4) {
      const float* w = weights + n * row;
      float* c = C + m * stride + n;
      switch (N - n) {
        case 1: dots_down<1>(count, K, lines, w, row, c, stride, add); break;
        case 2: dots_down<2>(count, K, lines, w, row, c, stride, add); break;
        case 3: dots_down<3>(count, K, lines, w, row, c, stride, add); break;
        default: dots_down<4>(count, K, lines, w, row, c, stride, add);
      }
    }
  }
}
