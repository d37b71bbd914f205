// Matrix products, C (M, N) = A (M, K) B (K, N), and C += A B.
//
// A tile of TILE_ROWS x TILE_COLUMNS sums is held in registers. What it reads is packed first into
// panels, so that it reads memory in order; K is cut into blocks of kBlock so that a panel of B
// stays in the first cache. Every sum runs over k in order, whatever tile, chunk or thread it is
// in: so a result does not depend on how the work was shared out.
//
// Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).

constexpr int R = COMBINET_TILE_ROWS;
constexpr int V = 2;
constexpr int C_ = V * W;
constexpr Long kBlock = 384;
constexpr Long kRows = R * 12;  // of A, packed at a time: they fit into the second cache

static Long gemm_tile_rows() { return R; }
static Long gemm_tile_columns() { return C_; }

// One tile of `rows` x `columns` sums: a is a panel (k, HEIGHT); row k of B lies at b + k * step.
template <int HEIGHT>
static void tile_of(Long K, const float* __restrict a, const float* __restrict b, Long step,
                    float* __restrict c, Long stride, bool add, Long rows, Long columns) {
  Vector sums[HEIGHT][V] = {};
  for (Long k = 0; k < K; k++) {
    Vector column[V];
#pragma GCC unroll 2
    for (int j = 0; j < V; j++) column[j] = load(b + j * W);
#pragma GCC unroll 16
    for (int i = 0; i < HEIGHT; i++) {
      float x = a[i];
#pragma GCC unroll 2
      for (int j = 0; j < V; j++) sums[i][j] += x * column[j];
    }
    a += HEIGHT;
    b += step;
  }
  if (rows == HEIGHT && columns == C_) {
#pragma GCC unroll 16
    for (int i = 0; i < HEIGHT; i++)
#pragma GCC unroll 2
      for (int j = 0; j < V; j++) {
        float* to = c + i * stride + j * W;
        store(to, add ? load(to) + sums[i][j] : sums[i][j]);
      }
    return;
  }
  float all[HEIGHT * C_];
#pragma GCC unroll 16
  for (int i = 0; i < HEIGHT; i++)
#pragma GCC unroll 2
    for (int j = 0; j < V; j++) store(all + i * C_ + j * W, sums[i][j]);
  for (Long i = 0; i < rows; i++)
    for (Long j = 0; j < columns; j++)
      c[i * stride + j] = add ? c[i * stride + j] + all[i * C_ + j] : all[i * C_ + j];
}

using Tile = void (*)(Long, const float*, const float*, Long, float*, Long, bool, Long, Long);

// The tile of each height from 1 to R, so that few rows need not be filled up to R.
template <int HEIGHT>
static inline Tile tile_of_height(Long height) {
  if constexpr (HEIGHT > 1)
    return height == HEIGHT ? Tile(tile_of<HEIGHT>) : tile_of_height<HEIGHT - 1>(height);
  else
    return tile_of<1>;
}

// A square of W lines of W numbers each, turned: log2(W) rounds that interleave its halves.
static inline void turn(const float* from, Long line, float* to, Long step) {
  Vector x[W], y[W];
#pragma GCC unroll 16
  for (int i = 0; i < W; i++) x[i] = load(from + i * line);
#pragma GCC unroll 4
  for (int round = 1; round < W; round *= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < W / 2; i++) {
      y[2 * i] = __builtin_shufflevector(x[i], x[i + W / 2], COMBINET_INTERLEAVE_LOW);
      y[2 * i + 1] = __builtin_shufflevector(x[i], x[i + W / 2], COMBINET_INTERLEAVE_HIGH);
    }
#pragma GCC unroll 16
    for (int i = 0; i < W; i++) x[i] = y[i];
  }
#pragma GCC unroll 16
  for (int i = 0; i < W; i++) store(to + i * step, x[i]);
}

// `lines` lines of K numbers, number k of line i at from[i * line + k * along], into panels
// (k, SIZE) of SIZE lines each; the last one is filled up with zeros.
template <int SIZE>
static void pack(const float* from, Long line, Long along, Long lines, Long K, float* to) {
  for (Long first = 0; first < lines; first += SIZE, to += SIZE * K) {
    Long count = least(SIZE, lines - first);
    const float* p = from + first * line;
    if (count < SIZE)
      for (Long k = 0; k < K; k++)
        for (Long i = count; i < SIZE; i++) to[k * SIZE + i] = 0;
    if (line == 1 && count == SIZE) {
      for (Long k = 0; k < K; k++)
#pragma GCC unroll 32
        for (int i = 0; i < SIZE; i++) to[k * SIZE + i] = p[k * along + i];
      continue;
    }
    Long k = 0;
    for (; along == 1 && k + W <= K; k += W) {
      Long i = 0;
      for (; i + W <= count; i += W) turn(p + i * line + k, line, to + k * SIZE + i, SIZE);
      for (; i < count; i++)
        for (int q = 0; q < W; q++) to[(k + q) * SIZE + i] = p[i * line + k + q];
    }
    for (; k < K; k++)
      for (Long i = 0; i < count; i++) to[k * SIZE + i] = p[i * line + k * along];
  }
}

// The same with panels of a size that is only known when it runs.
static void pack_by(Long size, const float* from, Long line, Long along, Long lines, Long K, float* to) {
  for (Long first = 0; first < lines; first += size, to += size * K) {
    Long count = least(size, lines - first);
    const float* p = from + first * line;
    for (Long k = 0; k < K; k++) {
      for (Long i = 0; i < count; i++) to[k * size + i] = p[i * line + k * along];
      for (Long i = count; i < size; i++) to[k * size + i] = 0;
    }
  }
}

// Panels [first, past) of B's columns; the layout of all is [block of K][panel][k][column].
static void gemm_pack_columns(const Matrix& B, Long N, Long K, Long first, Long past, float* out) {
  Long panels = (N + C_ - 1) / C_;
  for (Long k = 0; k < K; k += kBlock) {
    Long block = least(kBlock, K - k);
    for (Long p = first; p < past; p++)
      pack<C_>(B.data + k * B.row + p * C_ * B.column, B.column, B.row, least(C_, N - p * C_), block,
               out + k * panels * C_ + p * block * C_);
  }
}

// All columns of M rows, over a packed B.
static bool gemm_rows(Long M, Long N, Long K, const Matrix& A, const float* packed, float* C,
                      Long stride, bool add) {
  Long panels = (N + C_ - 1) / C_;
  float* rows = combinet::scratch(0, (kRows + R) * kBlock);
  if (!rows) return false;
  Long tiles = (M + R - 1) / R, height = tiles < 8 ? (M + tiles - 1) / tiles : R;
  Tile tile = tile_of_height<R>(height);
  for (Long i0 = 0; i0 < M; i0 += kRows) {
    Long count = least(kRows, M - i0);
    for (Long k = 0; k < K; k += kBlock) {
      Long block = least(kBlock, K - k);
      const float* from = A.data + i0 * A.row + k * A.column;
      if (height == R)
        pack<R>(from, A.row, A.column, count, block, rows);
      else
        pack_by(height, from, A.row, A.column, count, block, rows);
      const float* columns = packed + k * panels * C_;
      for (Long p = 0; p < panels; p++)
        for (Long i = 0; i < count; i += height)
          tile(block, rows + i * block, columns + p * block * C_, C_,
               C + (i0 + i) * stride + p * C_, stride, add || k > 0, least(height, count - i),
               least(C_, N - p * C_));
    }
  }
  return true;
}

// No more rows than a tile has, and B in rows: B is read where it lies.
static bool gemm_thin(Long M, Long N, Long K, const Matrix& A, const Matrix& B, float* C,
                      Long stride, bool add) {
  float* rows = combinet::scratch(0, R * least(K, kBlock));
  float* last = combinet::scratch(1, kBlock * C_);
  if (!rows || !last) return false;
  Tile tile = tile_of_height<R>(M);
  for (Long k = 0; k < K; k += kBlock) {
    Long block = least(kBlock, K - k);
    pack_by(M, A.data + k * A.column, A.row, A.column, M, block, rows);
    for (Long j = 0; j < N; j += C_) {
      const float* b = B.data + k * B.row + j;
      Long step = B.row, columns = least(C_, N - j);
      if (columns < C_) {  // a vector would reach beyond the end of the last row
        pack<C_>(b, 1, B.row, columns, block, last);
        b = last, step = C_;
      }
      tile(block, rows, b, step, C + j, stride, add || k > 0, M, columns);
    }
  }
  return true;
}

// The halves of both added up, interleaved: a and b take turns in what comes out.
static inline Vector folded(Vector a, Vector b) {
  return __builtin_shufflevector(a, b, COMBINET_INTERLEAVE_LOW) +
         __builtin_shufflevector(a, b, COMBINET_INTERLEAVE_HIGH);
}

// Sums along both rows, a line of A and one of W for each: `HEIGHT` lines of A, 4 of W.
template <int HEIGHT>
static void dots_of(Long K, const float* a, Long a_step, const float* w, Long w_step, float* c,
                    Long stride, bool add, Long lines) {
  Vector sums[HEIGHT][4] = {};
  Long k = 0;
  const float* line[4];
  for (int j = 0; j < 4; j++) line[j] = w + least(j, lines - 1) * w_step;
  for (; k + W <= K; k += W) {
    Vector row[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) row[j] = load(line[j] + k);
#pragma GCC unroll 6
    for (int i = 0; i < HEIGHT; i++) {
      Vector x = load(a + i * a_step + k);
#pragma GCC unroll 4
      for (int j = 0; j < 4; j++) sums[i][j] += x * row[j];
    }
  }
  for (int i = 0; i < HEIGHT; i++) {
    // Four vectors folded into one, lane j of which holds a part of sum j % 4.
    Vector even = folded(sums[i][0], sums[i][2]), odd = folded(sums[i][1], sums[i][3]);
    float parts[W], *to = c + i * stride;
    store(parts, folded(even, odd));
    for (Long j = 0; j < lines; j++) {
      float sum = 0;
      for (int q = 0; q < W; q += 4) sum += parts[q + j];
      for (Long q = k; q < K; q++) sum += a[i * a_step + q] * line[j][q];
      to[j] = add ? to[j] + sum : sum;
    }
  }
}

// Very few rows, C = A W' with W (N, K): both are read where they lie, for to pack W would cost more
// than the product. A's numbers of a row lie side by side.
static void gemm_dots(Long M, Long N, Long K, const Matrix& A, const float* weights, Long row,
                      float* C, Long stride, bool add) {
  for (Long n = 0; n < N; n += 4) {
    Long lines = least(4, N - n);
    const float* w = weights + n * row;
    Long m = 0;
    for (; m + 4 <= M; m += 4)
      dots_of<4>(K, A.data + m * A.row, A.row, w, row, C + m * stride + n, stride, add, lines);
    for (; m + 2 <= M; m += 2)
      dots_of<2>(K, A.data + m * A.row, A.row, w, row, C + m * stride + n, stride, add, lines);
    for (; m < M; m++)
      dots_of<1>(K, A.data + m * A.row, A.row, w, row, C + m * stride + n, stride, add, lines);
  }
}
