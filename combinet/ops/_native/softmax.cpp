// Softmax: combinet.ops._softmax.
#include <algorithm>

#include "families.hpp"
#include "kernels.hpp"
#include "starts.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

constexpr Index kNumbers = 8192;  // about how many a chunk has

Index rows_a_chunk(Index width) { return std::max<Index>(1, kNumbers / std::max<Index>(1, width)); }

// softmax(X, temperature, out) -> out, or a new array where that is None; over the last axis
PyObject* softmax(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Floats X = in.floats_of_any_rank(0);
  double temperature = in.number(1);
  Floats out = in.is_none(2) ? Floats{} : in.floats_of_any_rank_to_write(2);
  in.require(temperature > 0 && (!out || (same_shape(out, X) && same_or_apart(out, X))));
  if (!in.fits()) return decline();
  NewArray<float> made = out ? NewArray<float>() : new_array<float>(X.ndim, X.shape);
  if (!out && !made) return nullptr;
  float* Y = out ? out.data : made.data;
  Index width = X.width();
  {
    Unlocked unlocked(8. * double(X.size()));
    parallel_for(X.rows(), rows_a_chunk(width), [&](Index first, Index past) {
      kernels->softmax_rows(X.data + first * width, past - first, width, float(1 / temperature),
                            Y + first * width);
    });
  }
  if (made) return made.release();
  Py_INCREF(items[2]);
  return items[2];
}

// backprop_softmax(Y, dY, temperature) -> dX
PyObject* backprop_softmax(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Floats Y = in.floats_of_any_rank(0), dY = in.floats_of_any_rank(1);
  double temperature = in.number(2);
  if (!in.require(same_shape(Y, dY) && temperature > 0)) return decline();
  NewArray<float> dX = new_array<float>(Y.ndim, Y.shape);
  if (!dX) return nullptr;
  Index width = Y.width();
  {
    Unlocked unlocked(4. * double(Y.size()));
    parallel_for(Y.rows(), rows_a_chunk(width), [&](Index first, Index past) {
      Index at = first * width;
      kernels->backprop_softmax_rows(Y.data + at, dY.data + at, past - first, width,
                                     float(1 / temperature), dX.data + at);
    });
  }
  return dX.release();
}

// Runs f(first, past, room) over chunks of sequences, with room for two rows; false without memory.
template <class F>
bool over_sequences(Index sequences, const Floats& X, F&& f) {
  Index grain = X.size() < 65536 ? sequences + 1 : std::max<Index>(1, sequences / 32);
  return all_succeed(sequences, grain, [&](Index first, Index past) {
    float* room = scratch(3, 2 * X.shape[1]);
    if (room) f(first, past, room);
    return room != nullptr;
  });
}

// softmax_sequences(X, lengths, out) -> out, or a new array where that is None
PyObject* softmax_sequences(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Floats X = in.floats(0, 2);
  Numbers<int32_t> lengths = in.ints(1, 1);
  Floats out = in.floats_to_write_or_none(2, 2);
  if (!in.require(!out || (same_shape(out, X) && same_or_apart(out, X)))) return decline();
  std::vector<int64_t> starts = starts_of(lengths, X.shape[0]);
  if (starts.empty()) return decline();
  NewArray<float> made = out ? NewArray<float>() : new_array(X.shape[0], X.shape[1]);
  if (!out && !made) return nullptr;
  float* Y = out ? out.data : made.data;
  bool good;
  {
    Unlocked unlocked(8. * double(X.size()));
    good = over_sequences(lengths.size(), X, [&](Index first, Index past, float* room) {
      kernels->softmax_down(X.data, starts.data(), first, past, X.shape[1], room, Y);
    });
  }
  if (!good) return PyErr_NoMemory();
  if (made) return made.release();
  Py_INCREF(items[2]);
  return items[2];
}

// backprop_softmax_sequences(dY, Y, lengths) -> dX
PyObject* backprop_softmax_sequences(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Floats dY = in.floats(0, 2), Y = in.floats(1, 2);
  Numbers<int32_t> lengths = in.ints(2, 1);
  if (!in.require(same_shape(Y, dY))) return decline();
  std::vector<int64_t> starts = starts_of(lengths, Y.shape[0]);
  if (starts.empty()) return decline();
  NewArray<float> dX = new_array(Y.shape[0], Y.shape[1]);
  if (!dX) return nullptr;
  bool good;
  {
    Unlocked unlocked(4. * double(Y.size()));
    good = over_sequences(lengths.size(), Y, [&](Index first, Index past, float* room) {
      kernels->backprop_softmax_down(Y.data, dY.data, starts.data(), first, past, Y.shape[1], room,
                                     dX.data);
    });
  }
  return good ? dX.release() : PyErr_NoMemory();
}

}  // namespace

PyMethodDef softmax_entries[] = {
    COMBINET_ENTRY(softmax, "softmax over the last axis"),
    COMBINET_ENTRY(backprop_softmax, "its gradient"),
    COMBINET_ENTRY(softmax_sequences, "softmax down each sequence"),
    COMBINET_ENTRY(backprop_softmax_sequences, "its gradient"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
