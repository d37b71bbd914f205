// Linear models over hashed features: combinet.ops._sparse.
#include <algorithm>

#include "families.hpp"
#include "kernels.hpp"
#include "starts.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

// The buckets of the keys, two each, below `length`; of old weights (v1) its lowest bits.
void fill_buckets(const Numbers<uint64_t>& keys, Index length, bool by_bits, uint32_t* buckets) {
  parallel_for(keys.size(), 4096, [&](Index first, Index past) {
    for (uint32_t seed = 0; seed < 2; seed++)
      kernels->hash_keys(keys.data + first, past - first, seed, buckets + 2 * first + seed, 2);
    bool power = (length & (length - 1)) == 0;
    for (Index i = 2 * first; i < 2 * past; i++)
      buckets[i] = power || by_bits ? buckets[i] & uint32_t(length - 1) : buckets[i] % uint32_t(length);
  });
}

struct Sizes {
  Index classes, length, stride;

  // False where W has not the size of that many classes.
  bool take(const Floats& W, Index classes_, bool v1) {
    classes = classes_;
    length = classes ? W.size() / classes : 0;
    stride = v1 ? 1 : length;
    return length >= 1 && length * classes == W.size() && length < (Index(1) << 32) &&
           (!v1 || (length & (length - 1)) == 0);
  }
};

// sparse_linear(W, b, keys, values, lengths, v1) -> (Y, buckets)
PyObject* sparse_linear(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 6);
  Floats W = in.floats(0, 1), b = in.floats(1, 1), values = in.floats(3, 1);
  Numbers<uint64_t> keys = in.keys(2, 1);
  Numbers<int32_t> lengths = in.ints(4, 1);
  bool v1 = in.flag(5);
  Sizes sizes;
  if (!in.require(in.fits() && values.size() == keys.size() && sizes.take(W, b.size(), v1)))
    return decline();
  std::vector<int64_t> starts = starts_of(lengths, keys.size());
  if (starts.empty()) return decline();
  Index rows = lengths.size(), shape[2] = {keys.size(), 2};
  NewArray<float> Y = new_array(rows, sizes.classes);
  NewArray<uint32_t> buckets = new_array<uint32_t>(2, shape);
  if (!Y || !buckets) return nullptr;
  {
    Unlocked unlocked(8. * double(keys.size()));
    fill_buckets(keys, sizes.length, v1, buckets.data);
    parallel_for(rows, keys.size() < 4096 ? rows + 1 : 1, [&](Index first, Index past) {
      kernels->sparse_rows(W.data, sizes.classes, sizes.stride, buckets.data, values.data,
                           starts.data(), first, past, b.data, Y.data);
    });
  }
  return tuple_of(Y, buckets);
}

// backprop_sparse_linear(dY, W, dW, buckets, values, lengths, v1, need_dX) -> (dvalues or None,)
PyObject* backprop_sparse_linear(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 8);
  Floats dY = in.floats(0, 2), W = in.floats(1, 1), dW = in.floats_to_write(2, 1);
  Numbers<uint32_t> buckets = in.unsigned_ints(3, 2);
  Floats values = in.floats(4, 1);
  Numbers<int32_t> lengths = in.ints(5, 1);
  bool v1 = in.flag(6), need_dX = in.flag(7);
  Sizes sizes;
  if (!in.require(in.fits() && sizes.take(W, dY.shape[1], v1) && dW.size() == W.size() &&
                  buckets.shape[0] == values.size() && buckets.shape[1] == 2 &&
                  lengths.size() == dY.shape[0] && !overlap(dW, buckets)))
    return decline();
  std::vector<int64_t> starts = starts_of(lengths, values.size());
  uint32_t most = 0;
  for (Index i = 0; i < buckets.size(); i++) most = std::max(most, buckets.data[i]);
  if (starts.empty() || Index(most) >= sizes.length) return decline();
  NewArray<float> dvalues = need_dX ? new_array(values.size()) : none();
  if (!dvalues) return nullptr;
  {
    Unlocked unlocked(8. * double(values.size()));
    if (need_dX) std::fill_n(dvalues.data, values.size(), 0.f);
    // A class's weights are its own, unless they are old ones or every class adds to dvalues.
    bool apart = !v1 && !need_dX && values.size() >= 4096;
    parallel_for(sizes.classes, apart ? 1 : sizes.classes, [&](Index first, Index past) {
      Index at = first * sizes.stride;
      kernels->backprop_sparse_rows(W.data + at, dW.data + at, past - first, sizes.stride,
                                    buckets.data, values.data, starts.data(), lengths.size(),
                                    dY.data + first, sizes.classes, dvalues.data);
    });
  }
  return tuple_of(dvalues);
}

}  // namespace

PyMethodDef sparse_entries[] = {
    COMBINET_ENTRY(sparse_linear, "a linear model over hashed features"),
    COMBINET_ENTRY(backprop_sparse_linear, "its gradients"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
