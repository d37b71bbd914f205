// The entries of combinet.ops._linear.
#include "families.hpp"
#include "gemm.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

// gemm(x, y, out, trans1, trans2, add): out = x y or out += x y; a new array where out is None.
PyObject* gemm(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 6);
  Floats x = in.floats(0, 2), y = in.floats(1, 2), out = in.floats_to_write_or_none(2, 2);
  bool trans1 = in.flag(3), trans2 = in.flag(4), add = in.flag(5);
  Index M = x.shape[trans1], K = x.shape[!trans1], N = y.shape[!trans2];
  in.require(y.shape[trans2] == K);
  in.require(out ? out.shape[0] == M && out.shape[1] == N : !add);
  in.require(!overlap(out, x) && !overlap(out, y));
  if (!in.fits()) return decline();
  NewArray<float> made = out ? NewArray<float>() : new_array(M, N);
  if (!out && !made) return nullptr;
  float* C = out ? out.data : made.data;
  bool good;
  {
    Unlocked unlocked(double(M) * double(N) * double(K));
    good = multiply(M, N, K, trans1 ? transposed(x) : as_matrix(x),
                    trans2 ? transposed(y) : as_matrix(y), C, N, add);
  }
  if (!good) return PyErr_NoMemory();
  if (made) return made.release();
  Py_INCREF(items[2]);
  return items[2];
}

// affine(X, W, b) -> X W' + b
PyObject* affine(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Floats X = in.floats(0, 2), W = in.floats(1, 2), b = in.floats(2, 1);
  Index M = X.shape[0], K = X.shape[1], N = W.shape[0];
  if (!in.require(W.shape[1] == K && b.shape[0] == N)) return decline();
  NewArray<float> Y = new_array(M, N);
  if (!Y) return nullptr;
  Epilogue epilogue = adding(b.data);
  bool good;
  {
    Unlocked unlocked(double(M) * double(N) * double(K));
    good = multiply(M, N, K, as_matrix(X), transposed(W), Y.data, N, false, &epilogue);
  }
  return good ? Y.release() : PyErr_NoMemory();
}

// add_sum_rows(out, X): out += sum of the rows of X
PyObject* add_sum_rows(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 2);
  Floats out = in.floats_to_write(0, 1), X = in.floats(1, 2);
  if (!in.require(out.shape[0] == X.shape[1] && !overlap(out, X))) return decline();
  {
    Unlocked unlocked(double(X.size()));
    Index rows = X.shape[0], width = X.shape[1];
    parallel_for(width, X.size() < 65536 ? width : 256, [&](Index first, Index past) {
      kernels->add_rows_of(X.data + first, rows, width, past - first, out.data + first);
    });
  }
  return done();
}

}  // namespace

PyMethodDef linear_entries[] = {
    COMBINET_ENTRY(gemm, "x y, each transposed if so asked, written or added to out"),
    COMBINET_ENTRY(affine, "X W' + b"),
    COMBINET_ENTRY(add_sum_rows, "out += sum of the rows of X"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
