// Stacks of dense layers, a whole stack a call: combinet.ops._fused.
//
// Layer i takes Y[i - 1] (rows, nI), sums Z = Y[i - 1] W' + b and gives Y[i] = dropout(f(Z)). What
// the layers between the first and the last give is kept in one block of memory, `saved`.
#include <algorithm>
#include <new>
#include <vector>

#include "dropout.hpp"
#include "families.hpp"
#include "gemm.hpp"
#include "held.hpp"
#include "memory.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

constexpr Index kPassGrain = 32768;  // numbers a chunk of a pass over an array

struct Layer {
  const float *W, *b;
  Index nI, nO;
  Activation f;

  // Whether the gradient needs the sums too, and not only what f made of them.
  bool needs_sums() const {
    return f != Activation::linear && f != Activation::relu && f != Activation::softmax;
  }
};

struct Stack {
  Held held;
  std::vector<Layer> layers;
  // The gradients of the last call: an accumulator is the same array for many steps.
  Held held_gradients;
  std::vector<PyObject*> gradient_objects;
  std::vector<float*> gradients;  // dW, db of each layer

  Index widest() const {
    Index most = 0;
    for (const Layer& layer : layers) most = std::max({most, layer.nI, layer.nO});
    return most;
  }
  // Numbers in `saved`: of each layer its sums where they are needed, and its output but for the
  // last one, which the caller has.
  Index saved_width() const {
    Index sum = 0;
    for (size_t i = 0; i < layers.size(); i++)
      sum += layers[i].nO * (layers[i].needs_sums() + (i + 1 < layers.size()));
    return sum;
  }
};

PyTypeObject* stack_type = nullptr;

bool activation_of(PyObject* name, bool last, Activation* f) {
  const char* names[] = {"linear", "relu", "sigmoid", "swish", "mish", "dish", "gelu", "softmax"};
  for (int i = 0; i < 8; i++)
    if (PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, names[i]) == 0) {
      *f = Activation(i);
      return last || *f != Activation::softmax;
    }
  return false;
}

bool fill(Stack& stack, PyObject* weights, PyObject* biases, PyObject* names) {
  if (!PyList_Check(weights) || !PyList_Check(biases) || !PyTuple_Check(names)) return false;
  Index count = PyList_Size(weights);
  if (count < 1 || PyList_Size(biases) != count || PyTuple_Size(names) != count) return false;
  for (Index i = 0; i < count; i++) {
    Floats W = stack.held.floats(PyList_GetItem(weights, i), false);
    Floats b = stack.held.floats(PyList_GetItem(biases, i), false);
    Layer layer{W.data, b.data, W.shape[1], W.shape[0], Activation::linear};
    bool fits = W && b && W.ndim == 2 && b.ndim == 1 && b.shape[0] == layer.nO &&
                activation_of(PyTuple_GetItem(names, i), i + 1 == count, &layer.f) &&
                (i == 0 || stack.layers.back().nO == layer.nI);
    if (!fits) return false;
    stack.layers.push_back(layer);
  }
  return true;
}

// prepare_dense(weights, biases, activations) -> a prepared stack
PyObject* prepare_dense(PyObject*, PyObject* const* items, Py_ssize_t count) {
  if (count != 3) return decline();
  Stack* stack = new (std::nothrow) Stack;
  if (!stack) return PyErr_NoMemory();
  if (!fill(*stack, items[0], items[1], items[2])) {
    delete stack;
    return decline();
  }
  return hold(stack_type, stack);
}

// None, or a list with a dropping or None for each layer.
bool take_drops(PyObject* object, size_t layers, std::vector<MaybeDropping>* drops) {
  drops->resize(layers);
  if (object == Py_None) return true;
  if (!PyList_Check(object) || size_t(PyList_Size(object)) != layers) return false;
  for (size_t i = 0; i < layers; i++) {
    (*drops)[i] = maybe_dropping(PyList_GetItem(object, Index(i)));
    if (!(*drops)[i].fits) return false;
  }
  return true;
}

struct Finish {
  const Layer* layer;
  const MaybeDropping* drop;
  float* Y;  // may be the sums themselves

  static void apply(const void* context, float* Z, Long, Long first, Long rows, Long width) {
    const Finish& self = *static_cast<const Finish*>(context);
    float* Y = self.Y + first * width;
    kernels->activate(self.layer->f, self.layer->b, Z, Y, rows, width);
    if (self.drop->drops)
      kernels->drop_out(Y, Y, first * width, rows * width, self.drop->dropping);
  }
};

// Where each layer's sums and outputs are, for n rows of input.
struct Places {
  std::vector<float*> sums, outputs;

  Places(const Stack& stack, float* saved, float* Y, Index n) {
    for (size_t i = 0; i < stack.layers.size(); i++) {
      const Layer& layer = stack.layers[i];
      float* mine = nullptr;
      if (layer.needs_sums()) mine = saved, saved += n * layer.nO;
      sums.push_back(mine);
      bool last = i + 1 == stack.layers.size();
      outputs.push_back(last ? Y : saved);
      if (!last) saved += n * layer.nO;
    }
  }
};

bool run_forward(const Stack& stack, const Floats& X, float* Y, float* saved,
                 const std::vector<MaybeDropping>& drops) {
  Index n = X.shape[0];
  Places places(stack, saved, Y, n);
  const float* input = X.data;
  for (size_t i = 0; i < stack.layers.size(); i++) {
    const Layer& layer = stack.layers[i];
    Finish finish{&layer, &drops[i], places.outputs[i]};
    Epilogue epilogue{Finish::apply, &finish};
    float* sums = places.sums[i] ? places.sums[i] : places.outputs[i];
    if (!multiply(n, layer.nO, layer.nI, {input, layer.nI, 1}, {layer.W, 1, layer.nI}, sums,
                  layer.nO, false, &epilogue))
      return false;
    input = places.outputs[i];
  }
  return true;
}

double work_of(const Stack& stack, Index n) {
  double sum = 0;
  for (const Layer& layer : stack.layers) sum += double(layer.nI) * double(layer.nO);
  return sum * double(n);
}

// dense_stack(stack, X, drops, keep) -> (Y, saved or None)
PyObject* dense_stack(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 4);
  Stack* stack = held_by<Stack>(stack_type, in.object(0));
  Floats X = in.floats(1, 2);
  bool keep = in.flag(3);
  std::vector<MaybeDropping> drops;
  in.require(stack && X.shape[1] == stack->layers[0].nI);
  if (!in.require(in.fits() && take_drops(items[2], stack->layers.size(), &drops)))
    return decline();
  Index n = X.shape[0];
  NewArray<float> Y = new_array(n, stack->layers.back().nO);
  if (!Y) return nullptr;
  float* memory = nullptr;
  Index bytes = sizeof(float);
  if (__builtin_mul_overflow(bytes, n, &bytes) ||
      __builtin_mul_overflow(bytes, stack->saved_width(), &bytes))
    return PyErr_NoMemory();
  Owned block = new_block(bytes, reinterpret_cast<void**>(&memory));
  if (!block) return nullptr;
  bool good;
  {
    Unlocked unlocked(work_of(*stack, n));
    good = run_forward(*stack, X, Y.data, memory, drops);
  }
  if (!good) return PyErr_NoMemory();
  return keep ? tuple_of(Y, block) : tuple_of(Y, none());
}

// The arrays of [(dW, db), ...]; looked up anew only where they are others than last time.
bool take_gradients(Stack& stack, PyObject* list) {
  Index layers = Index(stack.layers.size());
  if (!PyList_Check(list) || PyList_Size(list) != layers) return false;
  bool same = stack.gradient_objects.size() == size_t(2 * layers);
  std::vector<PyObject*> objects;
  for (Index i = 0; i < layers; i++) {
    PyObject* pair = PyList_GetItem(list, i);
    if (!PyTuple_Check(pair) || PyTuple_Size(pair) != 2) return false;
    for (int j = 0; j < 2; j++) {
      objects.push_back(PyTuple_GetItem(pair, j));
      same = same && stack.gradient_objects[objects.size() - 1] == objects.back();
    }
  }
  if (same) return true;
  stack.gradient_objects.clear();
  stack.gradients.clear();
  stack.held_gradients.release();
  for (Index i = 0; i < layers; i++) {
    const Layer& layer = stack.layers[size_t(i)];
    Floats dW = stack.held_gradients.floats(objects[size_t(2 * i)], true);
    Floats db = stack.held_gradients.floats(objects[size_t(2 * i + 1)], true);
    if (!dW || !db || dW.ndim != 2 || dW.shape[0] != layer.nO || dW.shape[1] != layer.nI ||
        db.ndim != 1 || db.shape[0] != layer.nO)
      return false;
    stack.gradients.push_back(dW.data);
    stack.gradients.push_back(db.data);
  }
  stack.gradient_objects = objects;  // the held buffers keep them alive
  return true;
}

void backprop_function(const Layer& layer, const MaybeDropping& drop, const float* dY,
                       const float* sums, const float* Y, float* dZ, Index numbers) {
  bool by_mask = layer.f == Activation::relu;
  float scale = drop.drops ? drop.dropping.scale : 1.f;
  parallel_for(numbers, kPassGrain, [&](Index first, Index past) {
    const float* gradient = dY + first;
    if (drop.drops && !by_mask) {
      kernels->drop_out(gradient, dZ + first, first, past - first, drop.dropping);
      gradient = dZ + first;
    }
    kernels->backprop_activate(layer.f, gradient, sums ? sums + first : nullptr, Y + first, scale,
                               dZ + first, past - first);
  });
}

void add_columns(const float* dZ, Index rows, Index width, float* db) {
  parallel_for(width, rows * width < kPassGrain ? width : 256, [&](Index first, Index past) {
    kernels->add_rows_of(dZ + first, rows, width, past - first, db + first);
  });
}

// dX is null where it is not asked for.
bool run_backward(const Stack& stack, const float* dY, const Floats& X, const Floats& Y,
                  float* saved, const std::vector<MaybeDropping>& drops,
                  const std::vector<float*>& gradients, float* dX) {
  Index n = X.shape[0], widest = stack.widest();
  float* spaces[2] = {scratch(3, n * widest), scratch(4, n * widest)};
  if (!spaces[0] || !spaces[1]) return false;
  Places places(stack, saved, Y.data, n);
  for (size_t i = stack.layers.size(); i-- > 0;) {
    const Layer& layer = stack.layers[i];
    const float* dZ = dY;
    if (drops[i].drops || (layer.f != Activation::linear && layer.f != Activation::softmax)) {
      backprop_function(layer, drops[i], dY, places.sums[i], places.outputs[i], spaces[0],
                        n * layer.nO);
      dZ = spaces[0];
    }
    add_columns(dZ, n, layer.nO, gradients[2 * i + 1]);
    const float* input = i ? places.outputs[i - 1] : X.data;
    if (!multiply(layer.nO, layer.nI, n, {dZ, 1, layer.nO}, {input, layer.nI, 1},
                  gradients[2 * i], layer.nI, true))
      return false;
    float* out = i ? spaces[1] : dX;
    if (out && !multiply(n, layer.nI, layer.nO, {dZ, layer.nO, 1}, {layer.W, layer.nI, 1}, out,
                         layer.nI, false))
      return false;
    dY = spaces[1];
    std::swap(spaces[0], spaces[1]);
  }
  return true;
}

// backprop_dense_stack(stack, dY, X, Y, saved, drops, gradients, need_dX) -> (dX or None,)
PyObject* backprop_dense_stack(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 8);
  Stack* stack = held_by<Stack>(stack_type, in.object(0));
  Floats dY = in.floats(1, 2), X = in.floats(2, 2), Y = in.floats(3, 2);
  Numbers<uint8_t> saved = in.bytes(4, 1);
  bool need_dX = in.flag(7);
  std::vector<MaybeDropping> drops;
  Index n = X.shape[0];
  in.require(stack && X.shape[1] == stack->layers[0].nI && dY.shape[0] == n && Y.shape[0] == n &&
             dY.shape[1] == stack->layers.back().nO && Y.shape[1] == dY.shape[1]);
  in.require(in.fits() && saved.size() == n * stack->saved_width() * Index(sizeof(float)) &&
             holds_floats(saved));
  if (!in.require(in.fits() && take_drops(items[5], stack->layers.size(), &drops) &&
                  take_gradients(*stack, items[6])))
    return decline();
  NewArray<float> dX = need_dX ? new_array(n, stack->layers[0].nI) : none();
  if (!dX) return nullptr;
  std::vector<float*> gradients = stack->gradients;  // another thread may look its own up
  bool good;
  {
    Unlocked unlocked(2 * work_of(*stack, n));
    good = run_backward(*stack, dY.data, X, Y, reinterpret_cast<float*>(saved.data), drops,
                        gradients, dX.data);
  }
  return good ? tuple_of(dX) : PyErr_NoMemory();
}

}  // namespace

bool add_dense(PyObject*) {
  stack_type = held_type<Stack>("combinet.ops._native.DenseStack", "Layers, for dense_stack.");
  return stack_type != nullptr;
}

PyMethodDef dense_entries[] = {
    COMBINET_ENTRY(prepare_dense, "dense layers, for dense_stack"),
    COMBINET_ENTRY(dense_stack, "the output of dense layers"),
    COMBINET_ENTRY(backprop_dense_stack, "the gradients of dense layers"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
