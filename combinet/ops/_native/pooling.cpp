// Rows of a table summed over sequences, and the rows that ids have: combinet.ops._embedding.
#include <algorithm>

#include "families.hpp"
#include "kernels.hpp"
#include "starts.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

constexpr Index kColumnGrain = 32;  // columns of a table that one thread adds to
constexpr double kSerial = 65536;   // numbers below which one thread is enough

bool all_within(const Numbers<int32_t>& rows, Index limit) {
  uint32_t most = 0;  // of which a negative one is too large
  for (Index i = 0; i < rows.size(); i++) most = std::max(most, uint32_t(rows.data[i]));
  return rows.size() == 0 || Index(most) < std::min(limit, Index(1) << 31);
}

// pool_rows(table, rows, lengths, mean) -> (sequences, width): rows (items, count)
PyObject* pool_rows(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 4);
  Floats table = in.floats(0, 2);
  Numbers<int32_t> rows = in.ints(1, 2), lengths = in.ints(2, 1);
  bool mean = in.flag(3);
  if (!in.require(in.fits() && all_within(rows, table.shape[0]))) return decline();
  std::vector<int64_t> starts = starts_of(lengths, rows.shape[0]);
  if (starts.empty()) return decline();
  Index sequences = lengths.size(), width = table.shape[1];
  double work = double(rows.size()) * double(width);
  NewArray<float> Y = new_array(sequences, width);
  if (!Y) return nullptr;
  {
    Unlocked unlocked(work);
    Index grain = work < kSerial ? sequences + 1 : std::max<Index>(1, sequences / 32);
    parallel_for(sequences, grain, [&](Index first, Index past) {
      kernels->pool_rows(table.data, width, rows.data, rows.shape[1], starts.data(), first, past,
                         width, mean, Y.data);
    });
  }
  return Y.release();
}

// backprop_pool_rows(dY, rows, lengths, gradient, mean): the gradient is added to
PyObject* backprop_pool_rows(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 5);
  Floats dY = in.floats(0, 2);
  Numbers<int32_t> rows = in.ints(1, 2), lengths = in.ints(2, 1);
  Floats table = in.floats_to_write(3, 2);
  bool mean = in.flag(4);
  in.require(dY.shape[0] == lengths.size() && dY.shape[1] == table.shape[1]);
  in.require(in.fits() && !overlap(table, dY) && !overlap(table, rows) &&
             !overlap(table, lengths) && all_within(rows, table.shape[0]));
  if (!in.fits()) return decline();
  std::vector<int64_t> starts = starts_of(lengths, rows.shape[0]);
  if (starts.empty()) return decline();
  Index width = table.shape[1];
  double work = double(rows.size()) * double(width);
  {
    Unlocked unlocked(work);
    parallel_for(width, work < kSerial ? width : kColumnGrain, [&](Index first, Index past) {
      kernels->spread_rows(table.data + first, width, rows.data, rows.shape[1], starts.data(),
                           lengths.size(), past - first, mean, dY.data + first, width);
    });
  }
  return done();
}

// hash_rows(ids, seed, limit) -> (n, 4) int32: ids (n, 1)
PyObject* hash_rows(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Rows<uint64_t> ids = in.key_rows(0);
  uint32_t seed = uint32_t(in.bits(1));
  Index limit = in.integer(2);
  if (!in.require(ids.width == 1 && limit >= 1 && limit < (Index(1) << 31))) return decline();
  NewArray<int32_t> rows = new_array<int32_t>(ids.count, 4);
  if (!rows) return nullptr;
  {
    Unlocked unlocked(16. * double(ids.count));
    parallel_for(ids.count, 4096, [&](Index first, Index past) {
      kernels->hash_rows(ids.data + first * ids.stride, ids.stride, past - first, seed,
                         uint32_t(limit), rows.data + 4 * first, 4);
    });
  }
  return rows.release();
}

}  // namespace

PyMethodDef pooling_entries[] = {
    COMBINET_ENTRY(pool_rows, "rows of a table, summed over sequences"),
    COMBINET_ENTRY(backprop_pool_rows, "its gradient"),
    COMBINET_ENTRY(hash_rows, "the rows that ids have in a table"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
