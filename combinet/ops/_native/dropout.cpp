// Dropout: combinet.ops._training.
#include "dropout.hpp"

#include <cmath>

#include "families.hpp"
#include "kernels.hpp"
#include "threads.hpp"

namespace combinet {

Dropping dropping_of(double rate, uint64_t key, uint64_t draw) {
  bool all = rate >= 1;
  rate = rate > 0 && !all ? rate : 0;
  return {uint32_t(std::floor(rate * 4294967296.0)), float(1 / (1 - rate)), all, key, draw};
}

MaybeDropping maybe_dropping(PyObject* object) {
  MaybeDropping result;
  if (object == Py_None) {
    result.fits = true;
    return result;
  }
  if (!PyTuple_Check(object) || PyTuple_Size(object) != 3) return result;
  PyObject* items[3];
  for (int i = 0; i < 3; i++) items[i] = PyTuple_GetItem(object, i);
  Arguments in(items, 3, 3);
  double rate = in.number(0);
  uint64_t key = in.bits(1), draw = in.bits(2);
  result.fits = result.drops = in.require(rate == rate);  // not NaN
  if (result.fits) result.dropping = dropping_of(rate, key, draw);
  return result;
}

namespace {

// dropout(X, rate, key, draw) -> X, a part of it zero
PyObject* dropout(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 4);
  Floats X = in.floats_of_any_rank(0);
  double rate = in.number(1);
  uint64_t key = in.bits(2), draw = in.bits(3);
  if (!in.require(X.size() > 0 && rate == rate)) return decline();
  NewArray<float> Y = new_array<float>(X.ndim, X.shape);
  if (!Y) return nullptr;
  {
    Unlocked unlocked(8. * double(X.size()));
    Dropping dropping = dropping_of(rate, key, draw);
    parallel_for(X.size(), 32768, [&](Index first, Index past) {
      kernels->drop_out(X.data + first, Y.data + first, first, past - first, dropping);
    });
  }
  return Y.release();
}

}  // namespace

PyMethodDef dropout_entries[] = {
    COMBINET_ENTRY(dropout, "X, a part of it zero and the rest scaled up"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
