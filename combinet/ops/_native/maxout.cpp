// Maxout layers with what stands around them: windows before, layer normalization, dropout and a
// residual connection behind. combinet.ops._fused has the formula.
//
// Saved for the gradient, in one block: for each row 1 / its standard deviation, its normalized
// units, the windows where there are some, and which piece was largest.
#include <algorithm>
#include <vector>

#include "dropout.hpp"
#include "families.hpp"
#include "gemm.hpp"
#include "memory.hpp"
#include "starts.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

constexpr float kEps = 1e-8f;
constexpr Index kRowGrain = 128;  // rows a chunk of a pass, of which the sums are kept apart

struct Layer {
  Index n, nI, units, pieces, window, depth;  // depth: of the product, (2 window + 1) nI
  bool normalized, residual;
  std::vector<int32_t> starts, ends;  // of each row's sequence, where there are windows

  Index sums() const { return units * pieces; }
  Index saved_floats() const {
    return n * ((normalized ? 1 + units : 0) + (window ? depth : 0));
  }
  Index saved_bytes() const { return saved_floats() * Index(sizeof(float)) + n * units; }
};

struct Saved {
  float *rstd, *normal, *windows;
  uint8_t* which;

  Saved(const Layer& layer, float* memory) {
    rstd = memory;
    normal = rstd + (layer.normalized ? layer.n : 0);
    windows = normal + (layer.normalized ? layer.n * layer.units : 0);
    which = reinterpret_cast<uint8_t*>(memory + layer.saved_floats());
  }
};

// False where the sizes do not belong together.
bool measure(Layer& layer, const Floats& X, const Floats& W, const Floats& b, const Floats& G,
             const Floats& c, Index window, const Numbers<int32_t>& lengths, bool residual) {
  layer.n = X.shape[0], layer.nI = X.shape[1];
  layer.units = W.shape[0], layer.pieces = W.shape[1];
  layer.window = window, layer.depth = W.shape[2];
  layer.normalized = bool(G), layer.residual = residual;
  bool fits = window >= 0 && window < 1024 && layer.depth == (2 * window + 1) * layer.nI &&
              b.shape[0] == layer.units && b.shape[1] == layer.pieces && layer.pieces >= 1 &&
              layer.pieces < 256 && layer.units >= 1 && layer.n < (Index(1) << 31) &&
              bool(G) == bool(c) &&
              (!G || (G.shape[0] == layer.units && c.shape[0] == layer.units)) &&
              (!residual || layer.nI == layer.units);
  if (!fits || !window) return fits;
  return bounds_of_rows(lengths, layer.n, &layer.starts, &layer.ends);
}

struct Finish {
  const Layer& layer;
  const Saved& saved;
  const float *X, *b, *G, *c;
  const MaybeDropping& drop;
  float* Y;

  static void apply(const void* context, float* Z, Long, Long first, Long rows, Long) {
    const Finish& self = *static_cast<const Finish*>(context);
    const Layer& layer = self.layer;
    Index at = first * layer.units, count = rows * layer.units;
    float* Y = self.Y + at;
    kernels->maxout_rows(Z, self.b, rows, layer.units, layer.pieces, Y, self.saved.which + at);
    if (layer.normalized)
      kernels->norm_rows(Y, self.G, self.c, rows, layer.units, kEps, self.saved.normal + at,
                         self.saved.rstd + first, Y);
    if (self.drop.drops) kernels->drop_out(Y, Y, at, count, self.drop.dropping);
    if (layer.residual) kernels->add_into(self.X + at, count, Y);
  }
};

double work_of(const Layer& layer) {
  return double(layer.n) * double(layer.sums()) * double(layer.depth);
}

bool run_forward(const Layer& layer, const float* X, const float* W, const Saved& saved,
                 const Finish& finish) {
  const float* V = X;
  if (layer.window) {
    V = saved.windows;
    parallel_for(layer.n, kRowGrain, [&](Index first, Index past) {
      kernels->window_rows(X, layer.starts.data(), layer.ends.data(), first, past, layer.nI,
                           layer.window, saved.windows + first * layer.depth);
    });
  }
  float* Z = scratch(3, layer.n * layer.sums());
  Epilogue epilogue{Finish::apply, &finish};
  return Z && multiply(layer.n, layer.sums(), layer.depth, {V, layer.depth, 1},
                       {W, 1, layer.depth}, Z, layer.sums(), false, &epilogue);
}

// maxout_norm(X, W, b, G, c, window, lengths, drop, residual, keep) -> (Y, saved or None)
PyObject* maxout_norm(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 10);
  Floats X = in.floats(0, 2), W = in.floats(1, 3), b = in.floats(2, 2);
  Floats G = in.floats_or_none(3, 1), c = in.floats_or_none(4, 1);
  Index window = in.integer(5);
  Numbers<int32_t> lengths = in.ints_or_none(6, 1);
  MaybeDropping drop = in.fits() ? maybe_dropping(items[7]) : MaybeDropping();
  bool residual = in.flag(8), keep = in.flag(9);
  Layer layer;
  if (!in.require(in.fits() && drop.fits &&
                  measure(layer, X, W, b, G, c, window, lengths, residual)))
    return decline();
  NewArray<float> Y = new_array(layer.n, layer.units);
  float* memory = nullptr;
  Owned block = Y ? new_block(layer.saved_bytes(), reinterpret_cast<void**>(&memory)) : Owned();
  if (!block) return nullptr;
  bool good;
  {
    Unlocked unlocked(work_of(layer));
    Saved saved(layer, memory);
    Finish finish{layer, saved, X.data, b.data, G.data, c.data, drop, Y.data};
    good = run_forward(layer, X.data, W.data, saved, finish);
  }
  if (!good) return PyErr_NoMemory();
  return keep ? tuple_of(Y, block) : tuple_of(Y, none());
}

struct Gradients {
  Floats dW, db, dG, dc;
};

// dY back to the gradient of the sums, dZ (n, units, pieces).
void backprop_rows(const Layer& layer, const Saved& saved, const float* dY, const float* G,
                   const MaybeDropping& drop, float* dM, float* dZ, float* partial) {
  parallel_for(layer.n, kRowGrain, [&](Index first, Index past) {
    Index at = first * layer.units, count = (past - first) * layer.units;
    const float* d = dY + at;
    if (drop.drops) {
      kernels->drop_out(d, dM + at, at, count, drop.dropping);
      d = dM + at;
    }
    if (layer.normalized) {
      float* sums = partial + first / kRowGrain * 2 * layer.units;
      std::fill_n(sums, 2 * layer.units, 0.f);
      kernels->backprop_norm_rows(d, G, saved.normal + at, saved.rstd + first, past - first,
                                  layer.units, sums, sums + layer.units, dM + at);
      d = dM + at;
    }
    kernels->backprop_maxout_rows(d, saved.which + at, past - first, layer.units, layer.pieces,
                                  dZ + at * layer.pieces);
  });
}

bool run_backward(const Layer& layer, const Saved& saved, const float* dY, const float* X,
                  const float* W, const float* G, const MaybeDropping& drop, const Gradients& to,
                  float* dX) {
  Index chunks = (layer.n + kRowGrain - 1) / kRowGrain;
  float* dM = scratch(3, layer.n * layer.units);
  float* dZ = scratch(4, layer.n * layer.sums());
  float* partial = scratch(5, chunks * 2 * layer.units);
  if (!dM || !dZ || !partial) return false;
  backprop_rows(layer, saved, dY, G, drop, dM, dZ, partial);
  for (Index i = 0; i < (layer.normalized ? chunks : 0); i++) {
    kernels->add_into(partial + 2 * i * layer.units, layer.units, to.dG.data);
    kernels->add_into(partial + (2 * i + 1) * layer.units, layer.units, to.dc.data);
  }
  parallel_for(layer.sums(), 256, [&](Index first, Index past) {
    kernels->add_rows_of(dZ + first, layer.n, layer.sums(), past - first, to.db.data + first);
  });
  const float* V = layer.window ? saved.windows : X;
  if (!multiply(layer.sums(), layer.depth, layer.n, {dZ, 1, layer.sums()}, {V, layer.depth, 1},
                to.dW.data, layer.depth, true))
    return false;
  if (!dX) return true;
  float* dV = layer.window ? scratch(6, layer.n * layer.depth) : dX;
  if (!dV || !multiply(layer.n, layer.depth, layer.sums(), {dZ, layer.sums(), 1},
                       {W, layer.depth, 1}, dV, layer.depth, false))
    return false;
  parallel_for(layer.n, kRowGrain, [&](Index first, Index past) {
    Index at = first * layer.nI, count = (past - first) * layer.nI;
    if (layer.window) {
      if (layer.residual)
        std::copy_n(dY + at, count, dX + at);
      else
        std::fill_n(dX + at, count, 0.f);
      kernels->backprop_window_rows(dV, layer.starts.data(), layer.ends.data(), first, past,
                                    layer.nI, layer.window, dX + at);
    } else if (layer.residual) {
      kernels->add_into(dY + at, count, dX + at);
    }
  });
  return true;
}

// (dW, db, dG, dc), the last two None where nothing is normalized.
bool take_gradients(Arguments& in, const Layer& layer, Gradients* to) {
  to->dW = in.floats_to_write(0, 3), to->db = in.floats_to_write(1, 2);
  to->dG = in.floats_to_write_or_none(2, 1), to->dc = in.floats_to_write_or_none(3, 1);
  return in.require(to->dW.shape[0] == layer.units && to->dW.shape[1] == layer.pieces &&
                    to->dW.shape[2] == layer.depth && to->db.shape[0] == layer.units &&
                    to->db.shape[1] == layer.pieces && bool(to->dG) == layer.normalized &&
                    bool(to->dc) == layer.normalized &&
                    (!to->dG || (to->dG.size() == layer.units && to->dc.size() == layer.units)));
}

// backprop_maxout_norm(dY, X, saved, W, b, G, c, gradients, window, lengths, drop, residual, need_dX)
//     -> (dX or None,)
PyObject* backprop_maxout_norm(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 13);
  Floats dY = in.floats(0, 2), X = in.floats(1, 2);
  Numbers<uint8_t> memory = in.bytes(2, 1);
  Floats W = in.floats(3, 3), b = in.floats(4, 2);
  Floats G = in.floats_or_none(5, 1), c = in.floats_or_none(6, 1);
  Index window = in.integer(8);
  Numbers<int32_t> lengths = in.ints_or_none(9, 1);
  MaybeDropping drop = in.fits() ? maybe_dropping(items[10]) : MaybeDropping();
  bool residual = in.flag(11), need_dX = in.flag(12);
  Layer layer;
  in.require(in.fits() && drop.fits && PyTuple_Check(items[7]) && PyTuple_Size(items[7]) == 4 &&
             measure(layer, X, W, b, G, c, window, lengths, residual));
  in.require(in.fits() && dY.shape[0] == layer.n && dY.shape[1] == layer.units &&
             memory.size() == layer.saved_bytes() && holds_floats(memory));
  if (!in.fits()) return decline();
  PyObject* arrays[4];
  for (int i = 0; i < 4; i++) arrays[i] = PyTuple_GetItem(items[7], i);
  Arguments inner(arrays, 4, 4);
  Gradients to;
  if (!take_gradients(inner, layer, &to)) return decline();
  NewArray<float> dX = need_dX ? new_array(layer.n, layer.nI) : none();
  if (!dX) return nullptr;
  bool good;
  {
    Unlocked unlocked(2 * work_of(layer));
    Saved saved(layer, reinterpret_cast<float*>(memory.data));
    good = run_backward(layer, saved, dY.data, X.data, W.data, G.data, drop, to, dX.data);
  }
  return good ? tuple_of(dX) : PyErr_NoMemory();
}

}  // namespace

PyMethodDef maxout_entries[] = {
    COMBINET_ENTRY(maxout_norm, "a maxout layer with what stands around it"),
    COMBINET_ENTRY(backprop_maxout_norm, "its gradients"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
