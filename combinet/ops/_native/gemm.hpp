// Matrix products for all that need one: shared out over the threads, with an epilogue.
#pragma once
#include "kernels.hpp"
#include "python.hpp"

namespace combinet {

// C (M, N) = A (M, K) B (K, N), or C += A B, and then `epilogue` over the finished rows. Rows of C
// lie `stride` apart. Without memory for the packing: false, and C holds anything.
bool multiply(Index M, Index N, Index K, const Matrix& A, const Matrix& B, float* C, Index stride,
              bool add, const Epilogue* epilogue = nullptr);

// A B (K, N) that is multiplied many times, packed once.
class Packed {
 public:
  static Index room(Index N, Index K);  // how many numbers it takes

  Packed(Index N, Index K, const Matrix& B, float* room);

  // C (M, N) = A (M, K) B, or C += A B. Without memory: false, and C holds anything.
  bool multiply(Index M, const Matrix& A, float* C, Index stride, bool add) const;

 private:
  Index N_, K_;
  const float* columns_;
};

// The epilogue that adds one row to all.
inline Epilogue adding(const float* row) {
  auto add = [](const void* context, float* C, Long stride, Long, Long rows, Long width) {
    kernels->add_to_rows(static_cast<const float*>(context), rows, stride, width, C);
  };
  return {add, row};
}

// How an array in C order is a matrix, as it is or transposed.
inline Matrix as_matrix(const Floats& X) { return {X.data, X.shape[1], 1}; }
inline Matrix transposed(const Floats& X) { return {X.data, 1, X.shape[1]}; }

}  // namespace combinet
