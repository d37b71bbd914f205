#include "gemm.hpp"

#include <algorithm>

#include "memory.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

constexpr double kSerial = 1e6;      // multiplications below which a second thread costs more
constexpr Index kDottedRows = 12;    // up to here, packing B = W' costs more than it saves
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

// Whether dots, which waste nothing on columns that a vector has and C has not, cost less than tiles
// do. A dot is K / wide vectors, and adding up its lanes costs about 8 more.
bool few_columns(Index N, Index K) {
  Index wide = kernels->gemm_tile_columns() / 2;
  return K >= wide && N * (K + 8 * wide) <= rounded_up(N, wide) * K;
}

// Few rows: the columns are shared out.
bool dotted_rows(const Product& p) {
  parallel_for(p.N, grain_of(p, p.N, 4), [&](Index n, Index past) {
    kernels->gemm_dots(p.M, past - n, p.K, p.A, p.B.data + n * p.B.column, p.B.column, p.C + n,
                       p.stride, p.add);
  });
  p.finish(0, p.M);
  return true;
}

// Few columns: the rows are.
bool dotted_columns(const Product& p) {
  parallel_for(p.M, grain_of(p, p.M, 4), [&](Index m, Index past) {
    kernels->gemm_dots(past - m, p.N, p.K, {p.A.data + m * p.A.row, p.A.row, 1}, p.B.data,
                       p.B.column, p.C + m * p.stride, p.stride, p.add);
    p.finish(m, past - m);
  });
  return true;
}

bool thin(const Product& p) {
  Index grain = grain_of(p, p.N, kernels->gemm_tile_columns());
  bool good = all_succeed(p.N, grain, [&](Index n, Index past) {
    Matrix B = {p.B.data + n, p.B.row, 1};
    return kernels->gemm_thin(p.M, past - n, p.K, p.A, B, p.C + n, p.stride, p.add);
  });
  if (good) p.finish(0, p.M);
  return good;
}

Index panels_of(Index N) {
  return (N + kernels->gemm_tile_columns() - 1) / kernels->gemm_tile_columns();
}

// Over columns of B that are packed.
bool by_rows(const Product& p, const float* columns) {
  return all_succeed(p.M, grain_of(p, p.M, kernels->gemm_tile_rows()), [&](Index i, Index past) {
    Matrix A = {p.A.data + i * p.A.row, p.A.row, p.A.column};
    float* C = p.C + i * p.stride;
    if (!kernels->gemm_rows(past - i, p.N, p.K, A, columns, C, p.stride, p.add)) return false;
    p.finish(i, past - i);
    return true;
  });
}

bool packed(const Product& p) {
  Index panels = panels_of(p.N);
  float* columns = scratch(2, Packed::room(p.N, p.K));
  if (!columns) return false;
  Index grain = p.work() < kSerial ? panels : std::max<Index>(1, panels / 16);
  parallel_for(panels, grain, [&](Index first, Index past) {
    kernels->gemm_pack_columns(p.B, p.N, p.K, first, past, columns);
  });
  return by_rows(p, columns);
}

}  // namespace

Index Packed::room(Index N, Index K) { return panels_of(N) * kernels->gemm_tile_columns() * K; }

Packed::Packed(Index N, Index K, const Matrix& B, float* room) : N_(N), K_(K), columns_(room) {
  kernels->gemm_pack_columns(B, N, K, 0, panels_of(N), room);
}

bool Packed::multiply(Index M, const Matrix& A, float* C, Index stride, bool add) const {
  return M == 0 || by_rows({M, N_, K_, A, {}, C, stride, add, nullptr}, columns_);
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
  if (B.row == 1 && A.column == 1) {
    if (M <= kDottedRows && K >= kDottedDepth) return dotted_rows(p);
    if (few_columns(N, K)) return dotted_columns(p);
  }
  if (B.column == 1 && M <= kernels->gemm_tile_rows()) return thin(p);
  return packed(p);
}

}  // namespace combinet
