// Each row with its neighbours: combinet.ops._sequences.
#include <algorithm>

#include "families.hpp"
#include "kernels.hpp"
#include "starts.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

constexpr Index kRowGrain = 128;

// The rows, how far a window reaches, and the sequences that it stays in; one without lengths.
struct Windows {
  Index rows, reach;
  std::vector<int32_t> starts, ends;

  Index count() const { return 2 * reach + 1; }
};

bool take_windows(Arguments& in, Index rows, Windows* windows) {
  windows->rows = rows;
  windows->reach = in.integer(1);
  Numbers<int32_t> lengths = in.ints_or_none(2, 1);
  in.require(windows->reach >= 0 && windows->reach < 1024 && rows < (Index(1) << 31));
  if (!in.fits()) return false;
  return in.require(bounds_of_rows(lengths, rows, &windows->starts, &windows->ends));
}

// seq2col(X, window, lengths or None) -> (rows, (2 window + 1) width)
PyObject* seq2col(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Floats X = in.floats(0, 2);
  Windows windows;
  if (!take_windows(in, X.shape[0], &windows)) return decline();
  Index width = X.shape[1], wide = windows.count() * width;
  NewArray<float> V = new_array(X.shape[0], wide);
  if (!V) return nullptr;
  {
    Unlocked unlocked(double(X.shape[0]) * double(wide));
    parallel_for(X.shape[0], kRowGrain, [&](Index first, Index past) {
      kernels->window_rows(X.data, windows.starts.data(), windows.ends.data(), first, past, width,
                           windows.reach, V.data + first * wide);
    });
  }
  return V.release();
}

// backprop_seq2col(dV, window, lengths or None) -> (rows, width)
PyObject* backprop_seq2col(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Floats dV = in.floats(0, 2);
  Windows windows;
  if (!take_windows(in, dV.shape[0], &windows) || dV.shape[1] % windows.count()) return decline();
  Index width = dV.shape[1] / windows.count();
  NewArray<float> dX = new_array(dV.shape[0], width);
  if (!dX) return nullptr;
  {
    Unlocked unlocked(double(dV.size()));
    parallel_for(dV.shape[0], kRowGrain, [&](Index first, Index past) {
      float* to = dX.data + first * width;
      std::fill_n(to, (past - first) * width, 0.f);
      kernels->backprop_window_rows(dV.data, windows.starts.data(), windows.ends.data(), first,
                                    past, width, windows.reach, to);
    });
  }
  return dX.release();
}

}  // namespace

PyMethodDef windows_entries[] = {
    COMBINET_ENTRY(seq2col, "each row with its neighbours"),
    COMBINET_ENTRY(backprop_seq2col, "its gradient"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
