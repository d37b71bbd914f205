// Matrix products for all that need one: shared out over the threads, with an epilogue.
#pragma once
#include <vector>

#include "kernels.hpp"
#include "python.hpp"

namespace combinet {

// C (M, N) = A (M, K) B (K, N), or C += A B, and then `epilogue` over the finished rows. Rows of C
// lie `stride` apart. Without memory for the packing: false, and C holds anything.
bool multiply(Index M, Index N, Index K, const Matrix& A, const Matrix& B, float* C, Index stride,
              bool add, const Epilogue* epilogue = nullptr);

// A B that is multiplied many times, packed once. For products too small to be shared out.
class Packed {
 public:
  Packed(Index N, Index K, const Matrix& B);

  // C (M, N) = A (M, K) B, or C += A B.
  bool multiply(Index M, const Matrix& A, float* C, Index stride, bool add) const {
    return M == 0 || kernels->gemm_rows(M, N_, K_, A, columns_.data(), C, stride, add);
  }

 private:
  Index N_, K_;
  std::vector<float> columns_;
};

// How an array in C order is a matrix, as it is or transposed.
inline Matrix as_matrix(const Floats& X) { return {X.data, X.shape[1], 1}; }
inline Matrix transposed(const Floats& X) { return {X.data, 1, X.shape[1]}; }

}  // namespace combinet
