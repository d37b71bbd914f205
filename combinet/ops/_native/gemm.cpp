#include "gemm.hpp"

#include <algorithm>

#include "memory.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

constexpr double kSerial = 1e6;       // multiplications below which a second thread costs more
constexpr Index kDottedRows = 12;   // up to here, packing B = W' costs more than it saves
constexpr Index kDottedDepth = 128;  // below it, adding up the lanes of a vector costs more

struct Product {
  Index M, N, K;
  Matrix A, B;
  float* C;
  Index stride;
  bool add;
  const Epilogue* epilogue;

  void finish(Index first, Index rows) const {
    if (epilogue) epilogue->apply(epilogue->context, C + first * stride, stride, first, rows, N);
  }
  double work() const { return double(M) * double(N) * double(K); }
};

Index rounded_up(Index number, Index step) { return (number + step - 1) / step * step; }

// How many rows or columns a chunk has: a few chunks for each of many threads, whole tiles.
Index grain_of(const Product& p, Index lines, Index tile) {
  if (p.work() < kSerial) return std::max<Index>(lines, 1);
  return rounded_up(std::max<Index>((lines + 15) / 16, 1), tile);
}

template <class F>
bool all_succeed(Index count, Index grain, F&& f) {
  bool good = true;  // only ever set to false, by any thread
  parallel_for(count, grain, [&](Index first, Index past) {
    if (!f(first, past - first)) __atomic_store_n(&good, false, __ATOMIC_RELAXED);
  });
  return good;
}

bool dotted(const Product& p) {
  parallel_for(p.N, grain_of(p, p.N, 4), [&](Index n, Index past) {
    kernels->gemm_dots(p.M, past - n, p.K, p.A, p.B.data + n * p.B.column, p.B.column, p.C + n,
                       p.stride, p.add);
  });
  p.finish(0, p.M);
  return true;
}

bool thin(const Product& p) {
  bool good = all_succeed(p.N, grain_of(p, p.N, kernels->gemm_tile_columns()), [&](Index n, Index count) {
    Matrix B = {p.B.data + n, p.B.row, 1};
    return kernels->gemm_thin(p.M, count, p.K, p.A, B, p.C + n, p.stride, p.add);
  });
  if (good) p.finish(0, p.M);
  return good;
}

bool packed(const Product& p) {
  Index wide = kernels->gemm_tile_columns(), panels = (p.N + wide - 1) / wide;
  float* columns = scratch(2, panels * wide * p.K);
  if (!columns) return false;
  Index panel_grain = p.work() < kSerial ? panels : std::max<Index>(1, panels / 16);
  parallel_for(panels, panel_grain, [&](Index first, Index past) {
    kernels->gemm_pack_columns(p.B, p.N, p.K, first, past, columns);
  });
  return all_succeed(p.M, grain_of(p, p.M, kernels->gemm_tile_rows()), [&](Index i, Index rows) {
    Matrix A = {p.A.data + i * p.A.row, p.A.row, p.A.column};
    float* C = p.C + i * p.stride;
    if (!kernels->gemm_rows(rows, p.N, p.K, A, columns, C, p.stride, p.add)) return false;
    p.finish(i, rows);
    return true;
  });
}

}  // namespace

Packed::Packed(Index N, Index K, const Matrix& B) : N_(N), K_(K) {
  Index wide = kernels->gemm_tile_columns(), panels = (N + wide - 1) / wide;
  columns_.resize(size_t(panels * wide * K));
  kernels->gemm_pack_columns(B, N, K, 0, panels, columns_.data());
}

// The way is chosen by the shapes alone, so that a result does not depend on the machine's load.
bool multiply(Index M, Index N, Index K, const Matrix& A, const Matrix& B, float* C, Index stride,
              bool add, const Epilogue* epilogue) {
  Product p{M, N, K, A, B, C, stride, add, epilogue};
  if (M == 0 || N == 0) return true;
  if (K == 0) {
    for (Index i = 0; i < M && !add; i++) std::fill_n(C + i * stride, N, 0.f);
    p.finish(0, M);
    return true;
  }
  if (B.row == 1 && A.column == 1 && M <= kDottedRows && K >= kDottedDepth) return dotted(p);
  if (B.column == 1 && M <= kernels->gemm_tile_rows()) return thin(p);
  return packed(p);
}

}  // namespace combinet
