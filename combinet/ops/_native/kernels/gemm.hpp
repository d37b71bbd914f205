// Matrix products, C (M, N) = A (M, K) B (K, N), and C += A B.
//
// A tile of rows x columns of C is summed in registers. Columns of B are packed first into panels as
// wide as a tile, so that they are read in order; K is cut into blocks of kBlock so that a panel stays
// in the first cache. Rows of A are read where they lie, unless they lie across: then they are
// packed too. Every sum runs over k in order, whatever tile, chunk or thread it is in: so a result
// does not depend on how the work was shared out.
//
// Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).

constexpr int R = COMBINET_TILE_ROWS;
constexpr int V = 2;
constexpr int C_ = V * W;
constexpr Long kBlock = 384;
constexpr Long kFewPanels = 4;  // over which it does not pay to pack a row
constexpr Long kRows = R * 12;  // of A, packed at a time: they fit into the second cache

static Long gemm_tile_rows() { return R; }
static Long gemm_tile_columns() { return C_; }

// One tile of HEIGHT x `columns` sums, of which the first `rows` rows are wanted. Row k of B lies at
// b + k * step. A is a panel (k, HEIGHT) that was packed, or read where it lies.
template <int HEIGHT, int VECTORS, bool PACKED>
static void tile_of(Long K, const Matrix& A, const float* __restrict b, Long step,
                    float* __restrict c, Long stride, bool add, Long rows, Long columns) {
  const Long row = PACKED ? 1 : A.row, column = PACKED ? HEIGHT : A.column;
  const float* __restrict a = A.data;
  Vector sums[HEIGHT][VECTORS] = {};
  for (Long k = 0; k < K; k++, a += column, b += step) {
    Vector y[VECTORS];
#pragma GCC unroll 2
    for (int j = 0; j < VECTORS; j++) y[j] = load(b + j * W);
#pragma GCC unroll 16
    for (int i = 0; i < HEIGHT; i++) {
      float x = a[i * row];
#pragma GCC unroll 2
      for (int j = 0; j < VECTORS; j++) sums[i][j] += x * y[j];
    }
  }
  if (rows == HEIGHT && columns == VECTORS * W) {
#pragma GCC unroll 16
    for (int i = 0; i < HEIGHT; i++)
#pragma GCC unroll 2
      for (int j = 0; j < VECTORS; j++) {
        float* to = c + i * stride + j * W;
        store(to, add ? load(to) + sums[i][j] : sums[i][j]);
      }
    return;
  }
  float all[HEIGHT][VECTORS * W];
#pragma GCC unroll 16
  for (int i = 0; i < HEIGHT; i++)
#pragma GCC unroll 2
    for (int j = 0; j < VECTORS; j++) store(all[i] + j * W, sums[i][j]);
  for (Long i = 0; i < rows; i++)
    for (Long j = 0; j < columns; j++)
      c[i * stride + j] = add ? c[i * stride + j] + all[i][j] : all[i][j];
}

using Tile = void (*)(Long, const Matrix&, const float*, Long, float*, Long, bool, Long, Long);

// The tiles of one height: as wide as a panel, and half as wide, for its last columns.
struct Tiles {
  Tile wide, narrow;

  void operator()(Long K, const Matrix& A, const float* b, Long step, float* c, Long stride,
                  bool add, Long rows, Long columns) const {
    (columns > W ? wide : narrow)(K, A, b, step, c, stride, add, rows, columns);
  }
};

// Of each height from 1 to HEIGHT, so that few rows need not be filled up.
template <bool PACKED, int HEIGHT = R>
static inline Tiles tiles_of_height(Long height) {
  if constexpr (HEIGHT > 1)
    if (height < HEIGHT) return tiles_of_height<PACKED, HEIGHT - 1>(height);
  return {tile_of<HEIGHT, V, PACKED>, tile_of<HEIGHT, 1, PACKED>};
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
    const Long filled = least(SIZE, (count + W - 1) / W * W);
    if (count < SIZE)
      for (Long k = 0; k < K; k++)
        for (Long i = count; i < filled; i++) to[k * SIZE + i] = 0;
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

// All columns of M rows, over a packed B. A is read where it lies.
static void rows_in_place(Long M, Long N, Long K, const Matrix& A, const float* packed, float* C,
                          Long stride, bool add) {
  constexpr Long height = least(R, 8);  // as many lines as a set of the first cache has
  const Long panels = (N + C_ - 1) / C_;
  const Tiles whole = tiles_of_height<false>(height), last = tiles_of_height<false>(M % height);
  for (Long k = 0; k < K; k += kBlock) {
    const Long block = least(kBlock, K - k);
    for (Long i = 0; i < M; i += height)
      for (Long p = 0; p < panels; p++)
        (i + height <= M ? whole : last)(
            block, {A.data + i * A.row + k * A.column, A.row, A.column},
            packed + k * panels * C_ + p * block * C_, C_, C + i * stride + p * C_, stride,
            add || k > 0, least(height, M - i), least(C_, N - p * C_));
  }
}

// The same, with rows of A packed.
static bool rows_packed(Long M, Long N, Long K, const Matrix& A, const float* packed, float* C,
                        Long stride, bool add) {
  const Long panels = (N + C_ - 1) / C_;
  float* rows = combinet::scratch(0, (kRows + R) * kBlock);
  if (!rows) return false;
  const Long bands = (M + R - 1) / R, height = bands < 8 ? (M + bands - 1) / bands : R;
  const Tiles tile = tiles_of_height<true>(height);
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
          tile(block, {rows + i * block, 1, height}, columns + p * block * C_, C_,
               C + (i0 + i) * stride + p * C_, stride, add || k > 0, least(height, count - i),
               least(C_, N - p * C_));
    }
  }
  return true;
}

static bool gemm_rows(Long M, Long N, Long K, const Matrix& A, const float* packed, float* C,
                      Long stride, bool add) {
  if (A.column != 1 && N > kFewPanels * C_) return rows_packed(M, N, K, A, packed, C, stride, add);
  rows_in_place(M, N, K, A, packed, C, stride, add);
  return true;
}

// No more rows than a tile has, and B in rows: B is read where it lies.
static bool gemm_thin(Long M, Long N, Long K, const Matrix& A, const Matrix& B, float* C,
                      Long stride, bool add) {
  float* rows = combinet::scratch(0, R * least(K, kBlock));
  float* last = combinet::scratch(1, kBlock * C_);
  if (!rows || !last) return false;
  const Tiles tile = tiles_of_height<true>(M);
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
      tile(block, {rows, 1, M}, b, step, C + j, stride, add || k > 0, M, columns);
    }
  }
  return true;
}
