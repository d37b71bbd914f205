// Maxout by itself: combinet.ops._maxout.
#include "families.hpp"
#include "kernels.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

constexpr Index kUnitGrain = 8192;

// maxout(X) -> (best, which): X (rows, units, pieces)
PyObject* maxout(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 1);
  Floats X = in.floats(0, 3);
  Index pieces = X.shape[2];
  if (!in.require(pieces >= 1 && pieces < (Index(1) << 31))) return decline();
  NewArray<float> best = new_array(X.shape[0], X.shape[1]);
  NewArray<int32_t> which = new_array<int32_t>(X.shape[0], X.shape[1]);
  if (!best || !which) return nullptr;
  {
    Unlocked unlocked(double(X.size()));
    parallel_for(X.shape[0] * X.shape[1], kUnitGrain, [&](Index first, Index past) {
      kernels->largest_pieces(X.data + first * pieces, past - first, pieces, best.data + first,
                              which.data + first);
    });
  }
  return tuple_of(best, which);
}

// backprop_maxout(dY, which, pieces) -> dX
PyObject* backprop_maxout(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Floats dY = in.floats(0, 2);
  Numbers<int32_t> which = in.ints(1, 2);
  Index pieces = in.integer(2);
  in.require(which.shape[0] == dY.shape[0] && which.shape[1] == dY.shape[1] && pieces >= 1 &&
             pieces < (Index(1) << 31));
  bool within = in.fits();
  for (Index i = 0; within && i < which.size(); i += 1024) {
    bool wrong = false;
    for (Index j = i; j < which.size() && j < i + 1024; j++)
      wrong |= uint32_t(which.data[j]) >= uint32_t(pieces);
    within = !wrong;
  }
  if (!within) return decline();
  Index shape[3] = {dY.shape[0], dY.shape[1], pieces};
  NewArray<float> dX = new_array<float>(3, shape);
  if (!dX) return nullptr;
  {
    Unlocked unlocked(double(dY.size() * pieces));
    parallel_for(dY.size(), kUnitGrain, [&](Index first, Index past) {
      kernels->backprop_largest_pieces(dY.data + first, which.data + first, past - first, pieces,
                                       dX.data + first * pieces);
    });
  }
  return dX.release();
}

}  // namespace

PyMethodDef pieces_entries[] = {
    COMBINET_ENTRY(maxout, "the largest of each unit's pieces"),
    COMBINET_ENTRY(backprop_maxout, "its gradient"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
