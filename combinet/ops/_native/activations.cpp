// Activations by themselves: combinet.ops._activations and _piecewise.
#include "families.hpp"
#include "kernels.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

constexpr Index kGrain = 16384;  // numbers a chunk

bool take_curve(PyObject* name, Curve* curve) {
  const char* names[] = {"relu", "clipped_linear", "hard_swish", "sigmoid", "swish",
                         "dish", "gelu",           "gelu_approx", "mish"};
  for (int i = 0; name && PyUnicode_Check(name) && i < 9; i++)
    if (PyUnicode_CompareWithASCIIString(name, names[i]) == 0) {
      *curve = Curve(i);
      return true;
    }
  return false;
}

// Four numbers from argument i on.
CurveOptions take_options(Arguments& in, int i) {
  return {float(in.number(i)), float(in.number(i + 1)), float(in.number(i + 2)),
          float(in.number(i + 3))};
}

Floats to_write(Arguments& in, int i) {
  return in.is_none(i) ? Floats{} : in.floats_of_any_rank_to_write(i);
}

// activation(name, X, out, slope, offset, low, high) -> out, or a new array where that is None
PyObject* activation(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 7);
  Curve curve{};
  in.require(in.fits() && take_curve(in.object(0), &curve));
  Floats X = in.floats_of_any_rank(1), out = to_write(in, 2);
  CurveOptions options = take_options(in, 3);
  if (!in.require(!out || (same_shape(out, X) && same_or_apart(out, X)))) return decline();
  NewArray<float> made = out ? NewArray<float>() : new_array<float>(X.ndim, X.shape);
  if (!out && !made) return nullptr;
  float* Y = out ? out.data : made.data;
  {
    Unlocked unlocked(4. * double(X.size()));
    parallel_for(X.size(), kGrain, [&](Index first, Index past) {
      kernels->apply_curve(curve, options, X.data + first, past - first, Y + first);
    });
  }
  if (made) return made.release();
  Py_INCREF(items[2]);
  return items[2];
}

// backprop_activation(name, dY, X, Y, out, slope, offset, low, high) -> out, or a new array; of X
// and Y one may be None, where the gradient needs only the other
PyObject* backprop_activation(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 9);
  Curve curve{};
  in.require(in.fits() && take_curve(in.object(0), &curve));
  Floats dY = in.floats_of_any_rank(1);
  Floats X = in.is_none(2) ? Floats{} : in.floats_of_any_rank(2);
  Floats Y = in.is_none(3) ? Floats{} : in.floats_of_any_rank(3);
  Floats out = to_write(in, 4);
  CurveOptions options = take_options(in, 5);
  bool by_output = curve == Curve::relu || curve == Curve::sigmoid || curve == Curve::swish;
  bool by_input = curve != Curve::relu && curve != Curve::sigmoid;
  in.require(by_input ? bool(X) && same_shape(X, dY) : !X);
  in.require(by_output ? bool(Y) && same_shape(Y, dY) : !Y);
  in.require(!out || (same_shape(out, dY) && same_or_apart(out, dY) && same_or_apart(out, X) &&
                      same_or_apart(out, Y)));
  if (!in.fits()) return decline();
  NewArray<float> made = out ? NewArray<float>() : new_array<float>(dY.ndim, dY.shape);
  if (!out && !made) return nullptr;
  float* dX = out ? out.data : made.data;
  {
    Unlocked unlocked(4. * double(dY.size()));
    parallel_for(dY.size(), kGrain, [&](Index first, Index past) {
      kernels->backprop_curve(curve, options, dY.data + first, X ? X.data + first : nullptr,
                              Y ? Y.data + first : nullptr, past - first, dX + first);
    });
  }
  if (made) return made.release();
  Py_INCREF(items[4]);
  return items[4];
}

}  // namespace

PyMethodDef activation_entries[] = {
    COMBINET_ENTRY(activation, "an activation of each number"),
    COMBINET_ENTRY(backprop_activation, "its gradient"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
