// Embedding tables: combinet.ops._lookup and _embedding.
#include <vector>

#include "families.hpp"
#include "kernels.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

constexpr Index kIdGrain = 256;     // ids a chunk
constexpr Index kColumnGrain = 32;  // columns of a table that one thread adds to

bool all_within(const Numbers<int32_t>& rows, Index limit, bool negative) {
  int32_t least = 0, most = -1;
  for (Index i = 0; i < rows.size(); i++) {
    least = rows.data[i] < least ? rows.data[i] : least;
    most = rows.data[i] > most ? rows.data[i] : most;
  }
  return (negative || least >= 0) && most < limit;
}

// gather_add(table, indices) -> sums of rows; indices (n, k) int32
PyObject* gather_add(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 2);
  Floats table = in.floats(0, 2);
  Numbers<int32_t> rows = in.ints(1, 2);
  if (!in.require(in.fits() && all_within(rows, table.shape[0], false))) return decline();
  Index n = rows.shape[0], k = rows.shape[1], width = table.shape[1];
  NewArray<float> Y = new_array(n, width);
  if (!Y) return nullptr;
  {
    Unlocked unlocked(double(n * k) * double(width));
    parallel_for(n, kIdGrain, [&](Index first, Index past) {
      kernels->gather_rows(table.data, width, rows.data + first * k, k, k, past - first, width,
                           Y.data + first * width, width);
    });
  }
  return Y.release();
}

// Columns are shared out, so that no two threads add to one number and the order stays.
void scatter(float* table, Index stride, const int32_t* rows, Index row_step, Index k, Index n,
             Index width, const float* dY, Index dY_stride) {
  parallel_for(width, n * k * width < 32768 ? width : kColumnGrain, [&](Index first, Index past) {
    kernels->scatter_rows(table + first, stride, rows, row_step, k, n, past - first, dY + first,
                          dY_stride);
  });
}

// scatter_add(table, indices, values): table (rows, width), indices (n,) int32, values (n, width)
PyObject* scatter_add(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Floats table = in.floats_to_write(0, 2), values = in.floats(2, 2);
  Numbers<int32_t> rows = in.ints(1, 1);
  in.require(values.shape[0] == rows.shape[0] && values.shape[1] == table.shape[1]);
  if (!in.require(in.fits() && !overlap(table, values) && !overlap(table, rows) && all_within(rows, table.shape[0], true)))
    return decline();
  Index width = table.shape[1];
  {
    Unlocked unlocked(double(values.size()));
    scatter(table.data, width, rows.data, 1, 1, rows.size(), width, values.data, width);
  }
  return done();
}

struct Table {
  Floats weights;
  Index column, offset;  // of the ids, and of Y
  uint32_t seed;
};

// The tables of (tables, ids, columns, seeds), side by side; no width where they do not fit.
Index take_tables(PyObject* tables, PyObject* columns, PyObject* seeds, Index id_columns,
                  Arguments& arrays, std::vector<Table>* all) {
  Index width = 0;
  for (Index j = 0; j < PyList_Size(tables); j++) {
    PyObject* numbers[2] = {PyList_GetItem(columns, j), PyList_GetItem(seeds, j)};
    Arguments in(numbers, 2, 2);
    Table table{arrays.floats(int(j), 2), in.integer(0), width, uint32_t(in.bits(1))};
    bool fits = in.fits() && arrays.fits() && table.column >= 0 && table.column < id_columns &&
                table.weights.shape[0] >= 1 && table.weights.shape[0] < (Index(1) << 31);
    if (!fits) return -1;
    width += table.weights.shape[1];
    all->push_back(table);
  }
  return width;
}

// hash_embed(tables, ids, columns, seeds) -> (Y, rows): ids (n, columns), rows (n, tables, 4) int32
PyObject* hash_embed(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 4);
  Rows<uint64_t> ids = in.key_rows(1);
  bool lists = in.fits() && PyList_Check(items[0]) && PyList_Check(items[2]) &&
               PyList_Check(items[3]) && PyList_Size(items[0]) >= 1 &&
               PyList_Size(items[0]) <= Arguments::kMost &&
               PyList_Size(items[2]) == PyList_Size(items[0]) &&
               PyList_Size(items[3]) == PyList_Size(items[0]);
  if (!in.require(lists)) return decline();
  PyObject* objects[Arguments::kMost];
  Index count_of_tables = PyList_Size(items[0]), n = ids.count;
  for (Index j = 0; j < count_of_tables; j++) objects[j] = PyList_GetItem(items[0], j);
  Arguments arrays(objects, count_of_tables, count_of_tables);
  std::vector<Table> tables;
  Index width = take_tables(items[0], items[2], items[3], ids.width, arrays, &tables);
  if (width < 0) return decline();
  Index shape[3] = {n, count_of_tables, 4};
  NewArray<float> Y = new_array(n, width);
  NewArray<int32_t> rows = new_array<int32_t>(3, shape);
  if (!Y || !rows) return nullptr;
  {
    Unlocked unlocked(8. * double(n) * double(width));
    parallel_for(n, kIdGrain, [&](Index first, Index past) {
      for (const Table& table : tables) {
        int32_t* mine = rows.data + (first * count_of_tables + (&table - tables.data())) * 4;
        kernels->hash_rows(ids.data + first * ids.stride + table.column, ids.stride, past - first,
                           table.seed, uint32_t(table.weights.shape[0]), mine,
                           4 * count_of_tables);
        kernels->gather_rows(table.weights.data, table.weights.shape[1], mine, 4 * count_of_tables,
                             4, past - first, table.weights.shape[1],
                             Y.data + first * width + table.offset, width);
      }
    });
  }
  return tuple_of(Y, rows);
}

// backprop_hash_embed(dY, rows, gradients): adds dY's columns to the rows of each table's gradient
PyObject* backprop_hash_embed(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Rows<float> dY = in.float_rows(0);
  Numbers<int32_t> rows = in.ints(1, 3);
  bool fits = in.fits() && PyList_Check(items[2]) && PyList_Size(items[2]) <= Arguments::kMost &&
              PyList_Size(items[2]) == rows.shape[1] && rows.shape[2] == 4 &&
              rows.shape[0] == dY.count;
  if (!in.require(fits)) return decline();
  PyObject* objects[Arguments::kMost];
  Index tables = rows.shape[1], n = rows.shape[0], width = 0;
  for (Index j = 0; j < tables; j++) objects[j] = PyList_GetItem(items[2], j);
  Arguments arrays(objects, tables, tables);
  std::vector<Floats> gradients;
  for (Index j = 0; j < tables; j++) {
    gradients.push_back(arrays.floats_to_write(int(j), 2));
    if (!arrays.fits() || overlap(gradients.back(), rows)) return decline();
    width += gradients.back().shape[1];
  }
  // The rows were made by hash_embed, for tables of these sizes; to be sure costs next to nothing.
  bool within = width == dY.width;
  for (Index i = 0; within && i < n; i++)
    for (Index j = 0; j < tables; j++)
      for (int q = 0; q < 4; q++) {
        int32_t row = rows.data[(i * tables + j) * 4 + q];
        within = within && row >= 0 && row < gradients[size_t(j)].shape[0];
      }
  if (!within) return decline();
  {
    Unlocked unlocked(4. * double(n) * double(width));
    Index offset = 0;
    for (Index j = 0; j < tables; j++) {
      const Floats& to = gradients[size_t(j)];
      scatter(to.data, to.shape[1], rows.data + 4 * j, 4 * tables, 4, n, to.shape[1],
              dY.data + offset, dY.stride);
      offset += to.shape[1];
    }
  }
  return done();
}

}  // namespace

PyMethodDef embedding_entries[] = {
    COMBINET_ENTRY(gather_add, "sums of rows of a table"),
    COMBINET_ENTRY(scatter_add, "values added to rows of a table"),
    COMBINET_ENTRY(hash_embed, "sums of the rows that the hashes of ids choose"),
    COMBINET_ENTRY(backprop_hash_embed, "a gradient added to those rows"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
