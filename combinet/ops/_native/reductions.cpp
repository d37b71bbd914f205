// Reductions of sequences: combinet.ops._reductions.
#include <algorithm>

#include "families.hpp"
#include "kernels.hpp"
#include "starts.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

constexpr double kSerial = 65536;  // numbers below which one thread is enough

Index grain_of(Index sequences, Index numbers) {
  return double(numbers) < kSerial ? sequences + 1 : std::max<Index>(1, sequences / 32);
}

// reduce_sum(X, lengths, mean) -> (sequences, width)
PyObject* reduce_sum(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Floats X = in.floats(0, 2);
  Numbers<int32_t> lengths = in.ints(1, 1);
  bool mean = in.flag(2);
  if (!in.fits()) return decline();
  std::vector<int64_t> starts = starts_of(lengths, X.shape[0]);
  if (starts.empty()) return decline();
  Index sequences = lengths.size(), width = X.shape[1];
  NewArray<float> Y = new_array(sequences, width);
  if (!Y) return nullptr;
  {
    Unlocked unlocked(double(X.size()));
    parallel_for(sequences, grain_of(sequences, X.size()), [&](Index first, Index past) {
      kernels->sum_sequences(X.data, starts.data(), first, past, width, mean, Y.data);
    });
  }
  return Y.release();
}

// backprop_reduce_sum(dY, lengths, mean) -> (rows, width)
PyObject* backprop_reduce_sum(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Floats dY = in.floats(0, 2);
  Numbers<int32_t> lengths = in.ints(1, 1);
  bool mean = in.flag(2);
  if (!in.require(dY.shape[0] == lengths.size())) return decline();
  Index rows = 0, sequences = lengths.size(), width = dY.shape[1];
  for (Index i = 0; i < sequences; i++) rows += lengths.data[i];
  std::vector<int64_t> starts = starts_of(lengths, rows);
  if (starts.empty()) return decline();
  NewArray<float> dX = new_array(rows, width);
  if (!dX) return nullptr;
  {
    Unlocked unlocked(double(rows) * double(width));
    parallel_for(sequences, grain_of(sequences, rows * width), [&](Index first, Index past) {
      kernels->backprop_sum_sequences(dY.data, starts.data(), first, past, width, mean, dX.data);
    });
  }
  return dX.release();
}

// reduce_max(X, lengths) -> (maxima, which): no sequence is empty
PyObject* reduce_max(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 2);
  Floats X = in.floats(0, 2);
  Numbers<int32_t> lengths = in.ints(1, 1);
  if (!in.fits()) return decline();
  std::vector<int64_t> starts = starts_of(lengths, X.shape[0]);
  bool filled = !starts.empty();
  for (Index i = 0; i < lengths.size(); i++) filled = filled && lengths.data[i] > 0;
  if (!filled) return decline();
  Index sequences = lengths.size(), width = X.shape[1], shape[2] = {sequences, width};
  NewArray<float> Y = new_array(sequences, width);
  NewArray<int32_t> which = new_array<int32_t>(2, shape);
  if (!Y || !which) return nullptr;
  {
    Unlocked unlocked(double(X.size()));
    parallel_for(sequences, grain_of(sequences, X.size()), [&](Index first, Index past) {
      kernels->max_sequences(X.data, starts.data(), first, past, width, Y.data, which.data);
    });
  }
  return tuple_of(Y, which);
}

}  // namespace

PyMethodDef reduction_entries[] = {
    COMBINET_ENTRY(reduce_sum, "the sum or mean of each sequence's rows"),
    COMBINET_ENTRY(backprop_reduce_sum, "its gradient"),
    COMBINET_ENTRY(reduce_max, "the largest of each column in each sequence"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
