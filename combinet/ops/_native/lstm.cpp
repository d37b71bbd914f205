// Long short-term memories over packed sequences: combinet.ops._lstm has formula and layouts.
#include <algorithm>
#include <vector>

#include "families.hpp"
#include "gemm.hpp"
#include "memory.hpp"
#include "recurrent.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

// One direction of one layer: its parameters, and where it starts from.
struct Direction {
  Index inputs, units;
  bool backward;
  const float *Wx, *bx, *Wh, *bh, *h0, *c0;

  Direction(const float* params, Index inputs, Index units, bool backward, const float* h0,
            const float* c0)
      : inputs(inputs), units(units), backward(backward), h0(h0), c0(c0) {
    Wx = params;
    bx = Wx + 4 * units * inputs;
    Wh = bx + 4 * units;
    bh = Wh + 4 * units * units;
  }
  Index gates() const { return 4 * units; }
  static Index size(Index inputs, Index units) { return 4 * units * (inputs + units + 2); }
};

// Outputs (rows, units), activated gates (rows, 4 units) and cells (rows, units) of one direction.
struct Kept {
  float *Y, *G, *C;
};

// Slots of scratch space 4 and 5 are this function's.
bool run(const Direction& w, const float* X, const Steps& steps, const Kept& kept) {
  Index gates = w.gates(), units = w.units;
  float *bias = scratch(4, 2 * gates), *room = scratch(5, Packed::room(gates, units));
  if (!bias || !room) return false;
  float* first = bias + gates;  // what every row that starts from h0 gets of it
  for (Index j = 0; j < gates; j++) bias[j] = w.bx[j] + w.bh[j];
  Epilogue add_bias = adding(bias);
  Packed Wh(gates, units, {w.Wh, 1, units}, room);
  if (!multiply(steps.rows, gates, w.inputs, {X, w.inputs, 1}, {w.Wx, 1, w.inputs}, kept.G, gates,
                false, &add_bias) ||
      !Wh.multiply(1, {w.h0, units, 1}, first, gates, false))
    return false;
  for (Index s = 0; s < steps.count(); s++) {
    Step step(steps, w.backward, s);
    Index at = step.start, later = at + step.continued, before = step.before * units;
    if (!Wh.multiply(step.continued, {kept.Y + before, units, 1}, kept.G + at * gates, gates, true))
      return false;
    kernels->add_to_rows(first, step.fresh(), gates, gates, kept.G + later * gates);
    kernels->lstm_cells(kept.G + at * gates, {kept.C + before, units}, step.continued, units,
                        kept.C + at * units, kept.Y + at * units);
    kernels->lstm_cells(kept.G + later * gates, {w.c0, 0}, step.fresh(), units,
                        kept.C + later * units, kept.Y + later * units);
  }
  return true;
}

// The gradients of the gates, and of where the direction started from. Slots of scratch space 5 to 7
// are this function's.
bool run_back(const Direction& w, const Steps& steps, const Kept& kept, const Lines& dY, float* dG,
              float* dh0, float* dc0) {
  Index gates = w.gates(), units = w.units, states = steps.batch * units;
  float *room = scratch(5, Packed::room(units, gates)), *dh = scratch(6, states),
        *dc = scratch(7, states);
  if (!room || !dh || !dc) return false;
  std::fill_n(dh, states, 0.f);
  std::fill_n(dc, states, 0.f);
  Packed Wh(units, gates, {w.Wh, units, 1}, room);
  for (Index s = steps.count(); s-- > 0;) {
    Step step(steps, w.backward, s);
    Index at = step.start, later = at + step.continued, past = step.continued * units;
    kernels->backprop_lstm_cells(kept.G + at * gates, {kept.C + step.before * units, units},
                                 kept.C + at * units, {dY.data + at * dY.step, dY.step}, dh, dc,
                                 step.continued, units, dG + at * gates);
    kernels->backprop_lstm_cells(kept.G + later * gates, {w.c0, 0}, kept.C + later * units,
                                 {dY.data + later * dY.step, dY.step}, dh + past, dc + past,
                                 step.fresh(), units, dG + later * gates);
    if (!Wh.multiply(step.size, {dG + at * gates, gates, 1}, dh, units, false)) return false;
  }
  std::fill_n(dh0, units, 0.f);
  std::fill_n(dc0, units, 0.f);
  kernels->add_rows_of(dh, steps.batch, units, units, dh0);
  kernels->add_rows_of(dc, steps.batch, units, units, dc0);
  return true;
}

struct Net {
  Index depth, dirs, units, inputs;
  Floats params, H0, C0;
  Steps steps;

  Index width(Index layer) const { return layer ? dirs * units : inputs; }
  Index offset(Index layer, Index d) const {
    Index at = 0;
    for (Index i = 0; i < layer; i++) at += dirs * Direction::size(width(i), units);
    return at + d * Direction::size(width(layer), units);
  }
  Direction direction(Index layer, Index d) const {
    Index state = (layer * dirs + d) * units;
    return {params.data + offset(layer, d), width(layer), units, d == 1, H0.data + state,
            C0.data + state};
  }
  Kept kept(float* Y, float* G, float* C, Index layer, Index d) const {
    Index at = (layer * dirs + d) * steps.rows * units;
    return {Y + at, G + 4 * at, C + at};
  }
  double work() const {
    return double(steps.rows) * double(params.size());
  }
  bool fits(const Floats& X, const Numbers<int32_t>& size_at_t) {
    depth = H0.shape[0], dirs = H0.shape[1], units = H0.shape[2], inputs = X.shape[1];
    for (int axis = 0; axis < 3; axis++)
      if (C0.shape[axis] != H0.shape[axis]) return false;
    return depth >= 1 && dirs >= 1 && dirs <= 2 && units >= 1 && units < kMostUnits &&
           inputs < kMostUnits &&
           params.size() == offset(depth, 0) && steps.take(size_at_t, X.shape[0]);
  }
};

// The outputs of a layer's directions, side by side.
void put_side_by_side(const Net& net, const float* Y, Index layer, float* wide) {
  for (Index d = 0; d < net.dirs; d++)
    put_beside(Y + (layer * net.dirs + d) * net.steps.rows * net.units, net.steps.rows, net.units,
               net.dirs, d, wide);
}

bool forward(const Net& net, const float* X, float* Y, float* G, float* C, float* out) {
  float* between = net.depth > 1 ? scratch(3, net.steps.rows * net.dirs * net.units) : out;
  const float* below = X;
  for (Index i = 0; between && i < net.depth; i++) {
    float* above = i + 1 < net.depth ? between : out;
    bool good = all_succeed(net.dirs, 1, [&](Index d, Index) {
      return run(net.direction(i, d), below, net.steps, net.kept(Y, G, C, i, d));
    });
    if (!good) return false;
    put_side_by_side(net, Y, i, above);
    below = above;
  }
  return between != nullptr;
}

// lstm(params, H0, C0, X, size_at_t) -> (out, Y, G, C)
PyObject* lstm(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 5);
  Net net;
  net.params = in.floats(0, 1), net.H0 = in.floats(1, 3), net.C0 = in.floats(2, 3);
  Floats X = in.floats(3, 2);
  Numbers<int32_t> size_at_t = in.ints(4, 1);
  if (!in.require(in.fits() && net.fits(X, size_at_t))) return decline();
  Index shape[4] = {net.depth, net.dirs, net.steps.rows, net.units};
  Index gates[4] = {net.depth, net.dirs, net.steps.rows, 4 * net.units};
  NewArray<float> out = new_array(net.steps.rows, net.dirs * net.units);
  NewArray<float> Y = new_array<float>(4, shape), G = new_array<float>(4, gates),
                  C = new_array<float>(4, shape);
  if (!out || !Y || !G || !C) return nullptr;
  bool good;
  {
    Unlocked unlocked(net.work());
    good = forward(net, X.data, Y.data, G.data, C.data, out.data);
  }
  return good ? tuple_of(out, Y, G, C) : PyErr_NoMemory();
}

struct Back {
  float *dX, *dparams, *dH0, *dC0;
};

bool backward_layer(const Net& net, Index i, const float* below, const float* dabove, float* Y,
                    float* G, float* C, float* dG, const Back& to, float* dbelow) {
  Index rows = net.steps.rows, units = net.units, gates = 4 * units, width = net.width(i);
  bool good = all_succeed(net.dirs, 1, [&](Index d, Index) {
    Index state = (i * net.dirs + d) * units;
    return run_back(net.direction(i, d), net.steps, net.kept(Y, G, C, i, d),
                    {dabove + d * units, net.dirs * units}, dG + d * rows * gates, to.dH0 + state,
                    to.dC0 + state);
  });
  float* before = scratch(5, rows * units);
  if (!good || !before) return false;
  for (Index d = 0; d < net.dirs; d++) {
    Direction w = net.direction(i, d);
    const float* mine = dG + d * rows * gates;
    float* dWx = to.dparams + net.offset(i, d);
    float *dbx = dWx + gates * width, *dWh = dbx + gates, *dbh = dWh + gates * units;
    std::fill_n(dbx, gates, 0.f);
    kernels->add_rows_of(mine, rows, gates, gates, dbx);
    std::copy_n(dbx, gates, dbh);
    rows_before(net.steps, w.backward, net.kept(Y, G, C, i, d).Y, w.h0, units, before);
    if (!multiply(gates, width, rows, {mine, 1, gates}, {below, width, 1}, dWx, width, false) ||
        !multiply(gates, units, rows, {mine, 1, gates}, {before, units, 1}, dWh, units, false) ||
        !multiply(rows, width, gates, {mine, gates, 1}, {w.Wx, width, 1}, dbelow, width, d > 0))
      return false;
  }
  return true;
}

bool backward(const Net& net, const float* dY, const float* X, float* Y, float* G, float* C,
              const Back& to) {
  Index rows = net.steps.rows, wide = net.dirs * net.units;
  float* dG = scratch(3, net.dirs * rows * 4 * net.units);
  float* below = scratch(4, rows * wide);
  std::vector<float> gradients[2];
  if (net.depth > 1)
    for (auto& space : gradients) space.resize(size_t(rows * wide));
  if (!dG || !below) return false;
  for (Index i = net.depth; i-- > 0;) {
    if (i) put_side_by_side(net, Y, i - 1, below);
    float* dbelow = i ? gradients[i % 2].data() : to.dX;
    if (!backward_layer(net, i, i ? below : X, dY, Y, G, C, dG, to, dbelow)) return false;
    dY = dbelow;
  }
  return true;
}

// backprop_lstm(dY, params, H0, C0, X, size_at_t, Y, G, C) -> (dX, dparams, dH0, dC0)
PyObject* backprop_lstm(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 9);
  Floats dY = in.floats(0, 2);
  Net net;
  net.params = in.floats(1, 1), net.H0 = in.floats(2, 3), net.C0 = in.floats(3, 3);
  Floats X = in.floats(4, 2);
  Numbers<int32_t> size_at_t = in.ints(5, 1);
  Floats Y = in.floats(6, 4), G = in.floats(7, 4), C = in.floats(8, 4);
  if (!in.require(in.fits() && net.fits(X, size_at_t))) return decline();
  Index states = net.depth * net.dirs * net.steps.rows * net.units;
  if (!in.require(dY.shape[0] == net.steps.rows && dY.shape[1] == net.dirs * net.units &&
                  Y.size() == states && C.size() == states && G.size() == 4 * states))
    return decline();
  NewArray<float> dX = new_array(net.steps.rows, net.inputs), dparams = new_array(net.params.size());
  NewArray<float> dH0 = new_array<float>(3, net.H0.shape), dC0 = new_array<float>(3, net.H0.shape);
  if (!dX || !dparams || !dH0 || !dC0) return nullptr;
  bool good;
  {
    Unlocked unlocked(2 * net.work());
    good = backward(net, dY.data, X.data, Y.data, G.data, C.data,
                    {dX.data, dparams.data, dH0.data, dC0.data});
  }
  return good ? tuple_of(dX, dparams, dH0, dC0) : PyErr_NoMemory();
}

}  // namespace

PyMethodDef lstm_entries[] = {
    COMBINET_ENTRY(lstm, "the outputs of an LSTM, with its states"),
    COMBINET_ENTRY(backprop_lstm, "its gradients"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
