// Normalization of rows by itself: combinet.ops._norm and _rms_norm.
#include <algorithm>

#include "families.hpp"
#include "kernels.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

constexpr Index kRowGrain = 128;  // rows a chunk, of which the sums are kept apart

// One number a row.
NewArray<float> new_column(const Floats& X) {
  Index shape[4] = {X.shape[0], X.shape[1], X.shape[2], X.shape[3]};
  shape[X.ndim - 1] = 1;
  return new_array<float>(X.ndim, shape);
}

bool is_column(const Floats& stats, const Floats& X) {
  return stats.width() == 1 && stats.size() == X.rows();
}

// layer_norm(X, G, b, eps) -> (Y, mean, rstd)
PyObject* layer_norm(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 4);
  Floats X = in.floats_of_any_rank(0), G = in.floats(1, 1), b = in.floats(2, 1);
  double eps = in.number(3);
  Index width = X.width(), rows = X.rows();
  if (!in.require(width >= 1 && G.size() == width && b.size() == width)) return decline();
  NewArray<float> Y = new_array<float>(X.ndim, X.shape), mean = new_column(X), rstd = new_column(X);
  if (!Y || !mean || !rstd) return nullptr;
  {
    Unlocked unlocked(4. * double(X.size()));
    parallel_for(rows, kRowGrain, [&](Index first, Index past) {
      kernels->layer_norm_rows(X.data + first * width, G.data, b.data, past - first, width,
                               float(eps), mean.data + first, rstd.data + first,
                               Y.data + first * width);
    });
  }
  return tuple_of(Y, mean, rstd);
}

// rms_norm(X, G, eps) -> (Y, scale)
PyObject* rms_norm(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 3);
  Floats X = in.floats_of_any_rank(0), G = in.floats(1, 1);
  double eps = in.number(2);
  Index width = X.width(), rows = X.rows();
  if (!in.require(width >= 1 && G.size() == width)) return decline();
  NewArray<float> Y = new_array<float>(X.ndim, X.shape), scale = new_column(X);
  if (!Y || !scale) return nullptr;
  {
    Unlocked unlocked(4. * double(X.size()));
    parallel_for(rows, kRowGrain, [&](Index first, Index past) {
      kernels->rms_norm_rows(X.data + first * width, G.data, past - first, width, float(eps),
                             scale.data + first, Y.data + first * width);
    });
  }
  return tuple_of(Y, scale);
}

// Runs f(first, past, sums) over chunks of rows, and adds what each left in its `wide` sums to
// `parts` arrays of that width together, in order. False without memory.
template <class F>
bool with_sums(Index rows, Index wide, float* const* parts, int count, F&& f) {
  Index chunks = (rows + kRowGrain - 1) / kRowGrain;
  float* partial = scratch(3, chunks * wide * count);
  if (!partial) return false;
  parallel_for(rows, kRowGrain, [&](Index first, Index past) {
    float* sums = partial + first / kRowGrain * wide * count;
    std::fill_n(sums, wide * count, 0.f);
    f(first, past, sums);
  });
  for (Index i = 0; i < chunks; i++)
    for (int j = 0; j < count; j++)
      kernels->add_into(partial + (i * count + j) * wide, wide, parts[j]);
  return true;
}

// backprop_layer_norm(dY, X, G, mean, rstd, dG, db) -> dX; dG and db are added to
PyObject* backprop_layer_norm(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 7);
  Floats dY = in.floats_of_any_rank(0), X = in.floats_of_any_rank(1), G = in.floats(2, 1);
  Floats mean = in.floats_of_any_rank(3), rstd = in.floats_of_any_rank(4);
  Floats dG = in.floats_to_write(5, 1), db = in.floats_to_write(6, 1);
  Index width = X.width(), rows = X.rows();
  in.require(same_shape(dY, X) && width >= 1 && G.size() == width && dG.size() == width &&
             db.size() == width && is_column(mean, X) && is_column(rstd, X) && !overlap(dG, db));
  if (!in.fits()) return decline();
  NewArray<float> dX = new_array<float>(X.ndim, X.shape);
  if (!dX) return nullptr;
  float* parts[] = {dG.data, db.data};
  bool good;
  {
    Unlocked unlocked(8. * double(X.size()));
    good = with_sums(rows, width, parts, 2, [&](Index first, Index past, float* sums) {
      Index at = first * width;
      kernels->backprop_layer_norm_rows(dY.data + at, X.data + at, G.data, mean.data + first,
                                        rstd.data + first, past - first, width, sums, sums + width,
                                        dX.data + at);
    });
  }
  return good ? dX.release() : PyErr_NoMemory();
}

// backprop_rms_norm(dY, X, G, scale, dG) -> dX; dG is added to
PyObject* backprop_rms_norm(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 5);
  Floats dY = in.floats_of_any_rank(0), X = in.floats_of_any_rank(1), G = in.floats(2, 1);
  Floats scale = in.floats_of_any_rank(3), dG = in.floats_to_write(4, 1);
  Index width = X.width(), rows = X.rows();
  in.require(same_shape(dY, X) && width >= 1 && G.size() == width && dG.size() == width &&
             is_column(scale, X));
  if (!in.fits()) return decline();
  NewArray<float> dX = new_array<float>(X.ndim, X.shape);
  if (!dX) return nullptr;
  float* parts[] = {dG.data};
  bool good;
  {
    Unlocked unlocked(8. * double(X.size()));
    good = with_sums(rows, width, parts, 1, [&](Index first, Index past, float* sums) {
      Index at = first * width;
      kernels->backprop_rms_norm_rows(dY.data + at, X.data + at, G.data, scale.data + first,
                                      past - first, width, sums, dX.data + at);
    });
  }
  return good ? dX.release() : PyErr_NoMemory();
}

}  // namespace

PyMethodDef norm_entries[] = {
    COMBINET_ENTRY(layer_norm, "rows of mean 0 and variance 1, scaled and shifted"),
    COMBINET_ENTRY(backprop_layer_norm, "its gradients"),
    COMBINET_ENTRY(rms_norm, "rows divided by their size, scaled"),
    COMBINET_ENTRY(backprop_rms_norm, "its gradients"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
