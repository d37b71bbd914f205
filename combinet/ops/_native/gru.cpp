// Gated recurrent units over packed sequences: combinet.ops._gru has formula and layouts.
#include <algorithm>

#include "families.hpp"
#include "gemm.hpp"
#include "memory.hpp"
#include "recurrent.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

// One direction: its parameters, and where it starts from.
struct Direction {
  Index inputs, units;
  bool backward;
  const float *Wx, *bx, *Wh, *bh, *h0;

  Index gates() const { return 3 * units; }
};

// Outputs (rows, units), activated gates (rows, 3 units) and what r has a share in (rows, units).
struct Kept {
  float *Y, *G, *U;
};

// Slots of scratch space 4 and 5 are this function's.
bool run(const Direction& w, const float* X, const Steps& steps, const Kept& kept) {
  Index gates = w.gates(), units = w.units;
  float* inner = scratch(4, (steps.batch + 1) * gates);
  float* room = scratch(5, Packed::room(gates, units));
  if (!inner || !room) return false;
  float* first = inner + steps.batch * gates;  // of every row that starts from h0
  Epilogue add_bx = adding(w.bx);
  Packed Wh(gates, units, {w.Wh, 1, units}, room);
  if (!multiply(steps.rows, gates, w.inputs, {X, w.inputs, 1}, {w.Wx, 1, w.inputs}, kept.G, gates,
                false, &add_bx) ||
      !Wh.multiply(1, {w.h0, units, 1}, first, gates, false))
    return false;
  for (Index s = 0; s < steps.count(); s++) {
    Step step(steps, w.backward, s);
    Index at = step.start, later = at + step.continued;
    const float* before = kept.Y + step.before * units;
    if (!Wh.multiply(step.continued, {before, units, 1}, inner, gates, false)) return false;
    kernels->gru_rows(kept.G + at * gates, {inner, gates}, w.bh, {before, units}, step.continued,
                      units, kept.U + at * units, kept.Y + at * units);
    kernels->gru_rows(kept.G + later * gates, {first, 0}, w.bh, {w.h0, 0}, step.fresh(), units,
                      kept.U + later * units, kept.Y + later * units);
  }
  return true;
}

// The gradients of the gates, by way of the input and of the outputs before, and of h0. Slots of
// scratch space 4 and 5 are this function's.
bool run_back(const Direction& w, const Steps& steps, const Kept& kept, const Lines& dY, float* dA,
              float* dU, float* dh0) {
  Index gates = w.gates(), units = w.units;
  float *dh = scratch(4, steps.batch * units), *room = scratch(5, Packed::room(units, gates));
  if (!dh || !room) return false;
  std::fill_n(dh, steps.batch * units, 0.f);
  Packed Wh(units, gates, {w.Wh, units, 1}, room);
  for (Index s = steps.count(); s-- > 0;) {
    Step step(steps, w.backward, s);
    Index at = step.start, later = at + step.continued;
    kernels->backprop_gru_rows(kept.G + at * gates, kept.U + at * units,
                               {kept.Y + step.before * units, units},
                               {dY.data + at * dY.step, dY.step}, step.continued, units, dh,
                               dA + at * gates, dU + at * gates);
    kernels->backprop_gru_rows(kept.G + later * gates, kept.U + later * units, {w.h0, 0},
                               {dY.data + later * dY.step, dY.step}, step.fresh(), units,
                               dh + step.continued * units, dA + later * gates, dU + later * gates);
    if (!Wh.multiply(step.size, {dU + at * gates, gates, 1}, dh, units, true)) return false;
  }
  std::fill_n(dh0, units, 0.f);
  kernels->add_rows_of(dh, steps.batch, units, units, dh0);
  return true;
}

struct Net {
  Floats Wx, bx, Wh, bh, H0, X;  // the gradient needs no biases
  Steps steps;

  Index dirs() const { return H0.shape[0]; }
  Index units() const { return H0.shape[1]; }
  Index inputs() const { return X.shape[1]; }
  Index gates() const { return 3 * units(); }

  Direction direction(Index d) const {
    return {inputs(), units(), d == 1, Wx.data + d * gates() * inputs(), bx.data + d * gates(),
            Wh.data + d * gates() * units(), bh.data + d * gates(), H0.data + d * units()};
  }
  double work() const { return double(steps.rows) * double(Wx.size() + Wh.size()); }

  bool fits(const Numbers<int32_t>& size_at_t) {
    return dirs() >= 1 && dirs() <= 2 && units() >= 1 && units() < kMostUnits &&
           inputs() < kMostUnits && has_gates(Wx, inputs()) && has_gates(Wh, units()) &&
           (!bx || has_gates(bx, 1)) && (!bh || has_gates(bh, 1)) &&
           steps.take(size_at_t, X.shape[0]);
  }

 private:
  // (dirs, 3, units, width), or a bias (dirs, 3, units) with a width of 1.
  bool has_gates(const Floats& array, Index width) const {
    return array.shape[0] == dirs() && array.shape[1] == 3 && array.shape[2] == units() &&
           array.shape[3] == width;
  }
};

bool has_shape(const Floats& array, Index rows, Index width) {
  return array.shape[0] == rows && array.shape[1] == width;
}

// gru(Wx, bx, Wh, bh, H0, X, size_at_t) -> (out, (Y, G, U of each direction))
PyObject* gru(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 7);
  Net net;
  net.Wx = in.floats(0, 4), net.bx = in.floats(1, 3), net.Wh = in.floats(2, 4);
  net.bh = in.floats(3, 3), net.H0 = in.floats(4, 2), net.X = in.floats(5, 2);
  Numbers<int32_t> size_at_t = in.ints(6, 1);
  if (!in.require(in.fits() && net.fits(size_at_t))) return decline();
  Index rows = net.steps.rows, units = net.units(), dirs = net.dirs();
  NewArray<float> out = new_array(rows, dirs * units), Y[2], G[2], U[2];
  for (Index d = 0; d < dirs; d++) {
    Y[d] = new_array(rows, units), G[d] = new_array(rows, net.gates()), U[d] = new_array(rows, units);
    if (!out || !Y[d] || !G[d] || !U[d]) return nullptr;
  }
  bool good;
  {
    Unlocked unlocked(net.work());
    good = all_succeed(dirs, 1, [&](Index d, Index) {
      return run(net.direction(d), net.X.data, net.steps, {Y[d].data, G[d].data, U[d].data});
    });
    for (Index d = 0; d < dirs; d++) put_beside(Y[d].data, rows, units, dirs, d, out.data);
  }
  if (!good) return PyErr_NoMemory();
  Owned state(dirs == 1 ? tuple_of(Y[0], G[0], U[0])
                        : tuple_of(Y[0], G[0], U[0], Y[1], G[1], U[1]));
  return tuple_of(out, state);
}

struct Back {
  float *dX, *dWx, *dbx, *dWh, *dbh, *dH0;
};

// What direction d adds to dX, and the gradients of its weights. In scratch slot 7 the outputs before.
bool add_gradients(const Net& net, Index d, const Kept& kept, const float* dA, const float* dU,
                   const Back& to) {
  Direction w = net.direction(d);
  Index rows = net.steps.rows, gates = w.gates(), units = w.units, inputs = w.inputs;
  float* before = scratch(7, rows * units);
  if (!before) return false;
  rows_before(net.steps, w.backward, kept.Y, w.h0, units, before);
  float *dbx = to.dbx + d * gates, *dbh = to.dbh + d * gates;
  std::fill_n(dbx, gates, 0.f);
  std::fill_n(dbh, gates, 0.f);
  kernels->add_rows_of(dA, rows, gates, gates, dbx);
  kernels->add_rows_of(dU, rows, gates, gates, dbh);
  return multiply(gates, inputs, rows, {dA, 1, gates}, {net.X.data, inputs, 1},
                  to.dWx + d * gates * inputs, inputs, false) &&
         multiply(gates, units, rows, {dU, 1, gates}, {before, units, 1},
                  to.dWh + d * gates * units, units, false) &&
         multiply(rows, inputs, gates, {dA, gates, 1}, {w.Wx, inputs, 1}, to.dX, inputs, d > 0);
}

bool backward(const Net& net, const float* dY, const Kept* kept, const Back& to) {
  Index gates = net.gates(), units = net.units(), dirs = net.dirs(), size = net.steps.rows * gates;
  float *dA = scratch(3, dirs * size), *dU = scratch(6, dirs * size);
  if (!dA || !dU) return false;
  bool good = all_succeed(dirs, 1, [&](Index d, Index) {
    return run_back(net.direction(d), net.steps, kept[d], {dY + d * units, dirs * units},
                    dA + d * size, dU + d * size, to.dH0 + d * units);
  });
  for (Index d = 0; good && d < dirs; d++)
    good = add_gradients(net, d, kept[d], dA + d * size, dU + d * size, to);
  return good;
}

// backprop_gru(dY, Wx, Wh, H0, X, size_at_t, state) -> (dX, dWx, dbx, dWh, dbh, dH0)
PyObject* backprop_gru(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 7);
  Floats dY = in.floats(0, 2);
  Net net;
  net.Wx = in.floats(1, 4), net.Wh = in.floats(2, 4), net.H0 = in.floats(3, 2);
  net.X = in.floats(4, 2);
  Numbers<int32_t> size_at_t = in.ints(5, 1);
  if (!in.require(in.fits() && net.fits(size_at_t))) return decline();
  Index rows = net.steps.rows, units = net.units(), dirs = net.dirs();
  PyObject* state = in.object(6);
  PyObject* arrays[6] = {};
  if (!PyTuple_Check(state) || PyTuple_Size(state) != 3 * dirs) return decline();
  for (Index i = 0; i < 3 * dirs; i++) arrays[i] = PyTuple_GetItem(state, i);
  Arguments inner(arrays, 3 * dirs, 3 * dirs);
  Kept kept[2];
  for (int d = 0; d < dirs; d++) {
    Floats Y = inner.floats(3 * d, 2), G = inner.floats(3 * d + 1, 2), U = inner.floats(3 * d + 2, 2);
    inner.require(has_shape(Y, rows, units) && has_shape(G, rows, net.gates()) &&
                  has_shape(U, rows, units));
    kept[d] = {Y.data, G.data, U.data};
  }
  if (!inner.require(has_shape(dY, rows, dirs * units))) return decline();
  Index biases[3] = {dirs, 3, units};
  NewArray<float> dX = new_array(rows, net.inputs()), dH0 = new_array(dirs, units);
  NewArray<float> dWx = new_array<float>(4, net.Wx.shape), dWh = new_array<float>(4, net.Wh.shape);
  NewArray<float> dbx = new_array<float>(3, biases), dbh = new_array<float>(3, biases);
  if (!dX || !dWx || !dbx || !dWh || !dbh || !dH0) return nullptr;
  bool good;
  {
    Unlocked unlocked(2 * net.work());
    good = backward(net, dY.data, kept,
                    {dX.data, dWx.data, dbx.data, dWh.data, dbh.data, dH0.data});
  }
  return good ? tuple_of(dX, dWx, dbx, dWh, dbh, dH0) : PyErr_NoMemory();
}

}  // namespace

PyMethodDef gru_entries[] = {
    COMBINET_ENTRY(gru, "the outputs of gated recurrent units, with their states"),
    COMBINET_ENTRY(backprop_gru, "its gradients"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
