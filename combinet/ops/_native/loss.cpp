// Losses: combinet.ops._cross_entropy.
#include "families.hpp"
#include "kernels.hpp"

namespace combinet {

namespace {

// One less at the class of each row; false where a label is none of the classes.
template <class T>
bool take_labels(const Numbers<T>& labels, Index classes, float share, float* d, double* sum) {
  for (Index i = 0; i < labels.size(); i++) {
    if (labels.data[i] >= T(classes)) return false;  // a negative one is large without its sign
    float& gradient = d[i * classes + Index(labels.data[i])];
    float before = gradient;
    gradient -= share;
    *sum += double(gradient) * double(gradient) - double(before) * double(before);
  }
  return true;
}

// cross_entropy(guesses, truths, divisor) -> (gradient, sum of its squares)
PyObject* cross_entropy(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Floats Y = in.floats(0, 2);
  double divisor = in.number(2);
  if (!in.require(divisor != 0)) return decline();
  Index n = Y.shape[0], classes = Y.shape[1];
  Arguments as_floats(items + 1, 1, 1), as_longs(items + 1, 1, 1), as_ints(items + 1, 1, 1);
  Floats T = as_floats.floats(0, 2);
  Numbers<uint64_t> longs = as_longs.keys(0, 1);
  Numbers<uint32_t> ints = as_ints.unsigned_ints(0, 1);
  bool fits = as_floats.fits() ? T.shape[0] == n && T.shape[1] == classes
                               : (as_longs.fits() && longs.size() == n) ||
                                     (as_ints.fits() && ints.size() == n);
  if (!fits) return decline();
  NewArray<float> d = new_array(n, classes);
  if (!d) return nullptr;
  double sum = 0;
  bool good;
  {
    Unlocked unlocked(double(Y.size()));
    float share = float(1 / divisor);
    good = kernels->cross_entropy_rows(Y.data, as_floats.fits() ? T.data : nullptr, Y.size(), share,
                                       d.data, &sum);
    if (good && as_longs.fits()) good = take_labels(longs, classes, share, d.data, &sum);
    if (good && as_ints.fits()) good = take_labels(ints, classes, share, d.data, &sum);
  }
  if (!good) return decline();
  return tuple_of(d, Owned(PyFloat_FromDouble(sum)));
}

}  // namespace

PyMethodDef loss_entries[] = {
    COMBINET_ENTRY(cross_entropy, "the gradient of a classifier's loss, and its squares' sum"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
