// The optimizers' batched step: combinet.ops._step.
//
// A table of parameters is prepared once; a step then reads the gradients once for their norms and
// goes a second time over everything. Chunks have a fixed size and their sums are added in order,
// so the result does not depend on the number of threads.
#include <algorithm>
#include <cmath>
#include <new>

#include "families.hpp"
#include "held.hpp"
#include "kernels.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

constexpr Index kChunk = 16384;   // numbers: with moments and average they fit the second cache
constexpr Index kSerial = 65536;  // numbers of a table below which one thread is enough
enum Column { kLearnRate, kB1, kB2, kEps, kL2, kDecay, kGradClip, kMomentum, kT, kColumns };

struct Row {
  float *w, *g, *m1, *m2, *average;
  Index size;
};

struct Update {
  AdamStep adam;
  SgdStep sgd;
};

struct Table {
  Held held;
  std::vector<Row> rows;
  struct Piece {
    Index row, first, count;
  };
  std::vector<Piece> pieces;
  std::vector<double> squares;  // of each piece
  std::vector<double> norms;    // of each row, squared
  std::vector<Update> updates;  // of each row
  Index size = 0;

  template <class F>
  void over_pieces(F&& f) {
    Index count = Index(pieces.size());
    parallel_for(count, size < kSerial ? count : 1, [&](Index first, Index past) {
      for (Index i = first; i < past; i++) f(i, pieces[size_t(i)]);
    });
  }
};

PyTypeObject* table_type = nullptr;

// A list's array as a row's: the same size as the weights. None is allowed where `may_lack` says so.
bool take(Table& table, PyObject* list, Index i, bool may_lack, Index size, float** data) {
  PyObject* array = list == Py_None ? Py_None : PyList_GetItem(list, i);
  if (array == Py_None) return may_lack;
  Floats numbers = table.held.floats(array, true);
  *data = numbers.data;
  return numbers && numbers.size() == size;
}

bool fill(Table& table, PyObject* const* lists) {
  for (int i = 0; i < 4; i++)
    if (!PyList_Check(lists[i]) || PyList_Size(lists[i]) != PyList_Size(lists[0])) return false;
  bool averaged = lists[4] != Py_None;
  if (averaged && (!PyList_Check(lists[4]) || PyList_Size(lists[4]) != PyList_Size(lists[0])))
    return false;
  for (Index i = 0; i < PyList_Size(lists[0]); i++) {
    Row row{};
    Floats w = table.held.floats(PyList_GetItem(lists[0], i), true);
    row.w = w.data;
    row.size = w.size();
    if (!w || !take(table, lists[1], i, false, row.size, &row.g) ||
        !take(table, lists[2], i, true, row.size, &row.m1) ||
        !take(table, lists[3], i, true, row.size, &row.m2) ||
        !take(table, lists[4], i, !averaged, row.size, &row.average))
      return false;
    for (Index first = 0; first < row.size; first += kChunk)
      table.pieces.push_back({i, first, std::min(kChunk, row.size - first)});
    table.rows.push_back(row);
    table.size += row.size;
  }
  table.squares.resize(table.pieces.size());
  table.norms.resize(table.rows.size());
  table.updates.resize(table.rows.size());
  return true;
}

// prepare_step(weights, gradients, mom1, mom2, averages) -> a prepared table
PyObject* prepare_step(PyObject*, PyObject* const* items, Py_ssize_t count) {
  if (count != 5) return decline();
  Table* table = new (std::nothrow) Table;
  if (!table) return PyErr_NoMemory();
  if (!fill(*table, items)) {
    delete table;
    return decline();
  }
  return hold(table_type, table);
}

// The squared norm of every row; the first row with a number that is not finite, or -1.
Index take_norms(Table& table, float limit, bool cut) {
  table.over_pieces([&](Index i, const Table::Piece& piece) {
    const float* g = table.rows[size_t(piece.row)].g + piece.first;
    double all = kernels->sum_squares(g, piece.count, INFINITY);
    bool finite = std::isfinite(all);
    table.squares[size_t(i)] = cut && finite ? kernels->sum_squares(g, piece.count, limit) : all;
  });
  std::fill(table.norms.begin(), table.norms.end(), 0.);
  for (size_t i = 0; i < table.pieces.size(); i++)
    table.norms[size_t(table.pieces[i].row)] += table.squares[i];
  for (size_t i = 0; i < table.norms.size(); i++)
    if (!std::isfinite(table.norms[i])) return Index(i);
  return -1;
}

enum class Rule { adam, adamw, radam, sgd, nesterov, unknown };

Rule rule_of(PyObject* name) {
  const char* names[] = {"adam", "adamw", "radam", "sgd", "nesterov"};
  for (int i = 0; i < 5; i++)
    if (PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, names[i]) == 0)
      return Rule(i);
  return Rule::unknown;
}

// The numbers of one row's step, its `t` counted up already. In double, then rounded.
Update update_of(Rule rule, const double* s, double norm, double factor, float limit) {
  double t = s[kT], scale = factor;
  if (s[kGradClip] != 0 && norm * factor >= s[kGradClip]) scale *= s[kGradClip] / (norm * factor);
  double rate = s[kLearnRate], root = 1, b2t = std::pow(s[kB2], t);
  bool adaptive = true;
  if (rule == Rule::adam) {
    rate *= std::sqrt(1 - b2t) / (1 - std::pow(s[kB1], t));
  } else if (rule == Rule::adamw) {
    rate /= 1 - std::pow(s[kB1], t);
    root = 1 / std::sqrt(1 - b2t);
  } else if (rule == Rule::radam) {
    rate /= 1 - std::pow(s[kB1], t);
    double last = 2 / (1 - s[kB2]) - 1, rho = last - 2 * t * b2t / (1 - b2t);
    adaptive = rho > 5;
    if (adaptive)
      rate *= std::sqrt((rho - 4) * (rho - 2) * last / ((last - 4) * (last - 2) * rho) * (1 - b2t));
  }
  double keep = 1 - s[kDecay], share = 1 - std::min((1 + t) / (10 + t), 0.9999);
  bool before = rule == Rule::adamw;
  return {{limit, float(scale), float(s[kB1]), float(1 - s[kB1]), float(s[kB2]),
           float(1 - s[kB2]), float(s[kEps]), float(root), float(rate), float(before ? keep : 1),
           float(before ? 1 : keep), float(share), adaptive},
          {limit, float(scale), float(s[kMomentum]), float(rate), float(keep), float(share),
           rule == Rule::nesterov}};
}

bool has_what_it_needs(const Table& table, Rule rule, const double* settings) {
  bool moments = rule == Rule::adam || rule == Rule::adamw || rule == Rule::radam;
  for (size_t i = 0; i < table.rows.size(); i++) {
    const Row& row = table.rows[i];
    const double* s = settings + i * kColumns;
    if (s[kL2] != 0) return false;  // a penalty changes the norms: the reference takes its time
    if (moments ? !row.m1 || !row.m2 : s[kMomentum] != 0 && !row.m1) return false;
  }
  return true;
}

// Everything that is written is written here, after all that could go wrong.
void update(Table& table, Rule rule, double* settings, float limit, double max_norm) {
  double total = 0, factor = 1;
  for (double norm : table.norms) total += norm;
  total = std::sqrt(total);
  if (max_norm > 0 && total > max_norm) factor = max_norm / total;
  for (size_t i = 0; i < table.rows.size(); i++) {
    double* s = settings + i * kColumns;
    s[kT] += 1;
    table.updates[i] = update_of(rule, s, std::sqrt(table.norms[i]), factor, limit);
  }
  bool adaptive = rule == Rule::adam || rule == Rule::adamw || rule == Rule::radam;
  table.over_pieces([&](Index, const Table::Piece& piece) {
    const Row& row = table.rows[size_t(piece.row)];
    const Update& update = table.updates[size_t(piece.row)];
    Index at = piece.first;
    float* average = row.average ? row.average + at : nullptr;
    float* m1 = row.m1 ? row.m1 + at : nullptr;
    if (adaptive)
      kernels->adam_update(row.w + at, row.g + at, m1, row.m2 + at, average, piece.count,
                           update.adam);
    else
      kernels->sgd_update(row.w + at, row.g + at, m1, average, piece.count, update.sgd);
  });
}

// take_step(table, rule, settings, clip_value, max_norm) -> -1, or the row that is not finite
PyObject* take_step(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 5);
  Table* table = held_by<Table>(table_type, in.object(0));
  Rule rule = in.fits() ? rule_of(items[1]) : Rule::unknown;
  Numbers<double> settings = in.doubles_to_write(2, 2);
  double clip_value = in.number(3), max_norm = in.number(4);
  in.require(table && rule != Rule::unknown && settings.shape[1] == kColumns);
  if (!in.require(in.fits() && settings.shape[0] == Index(table->rows.size()) &&
                  has_what_it_needs(*table, rule, settings.data)))
    return decline();
  float limit = clip_value > 0 ? float(clip_value) : INFINITY;
  Index bad;
  {
    Unlocked unlocked(double(table->size));
    bad = take_norms(*table, limit, clip_value > 0);
    if (bad < 0) update(*table, rule, settings.data, limit, max_norm);
  }
  return PyLong_FromSsize_t(bad);
}

}  // namespace

bool add_step(PyObject*) {
  table_type = held_type<Table>("combinet.ops._native.StepTable", "Parameters, for take_step.");
  return table_type != nullptr;
}

PyMethodDef step_entries[] = {
    COMBINET_ENTRY(prepare_step, "a table of parameters, for take_step"),
    COMBINET_ENTRY(take_step, "one step of an optimizer over a table"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
