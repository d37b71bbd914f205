#include "python.hpp"

#include <chrono>
#include <cstring>
#include <thread>

#include "memory.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

PyObject* ndarray = nullptr;
PyObject* dtypes[5] = {};
constexpr Index kMostWithoutNumbers = Index(1) << 24;
constexpr double kWorthIt = 2e4;  // to let go of the interpreter's lock

// Both are touched with the interpreter's lock held.
int unlocked = 0;  // threads inside an Unlocked
bool staying = false;

template <class T>
constexpr int kind_of();
template <>
constexpr int kind_of<float>() { return 0; }
template <>
constexpr int kind_of<uint8_t>() { return 1; }
template <>
constexpr int kind_of<int32_t>() { return 2; }
template <>
constexpr int kind_of<uint32_t>() { return 3; }
template <>
constexpr int kind_of<double>() { return 4; }

}  // namespace

bool prepare_arrays() {
  const char* names[] = {"float32", "uint8", "int32", "uint32", "float64"};
  PyObject* numpy = PyImport_ImportModule("numpy");
  if (!numpy) return false;
  ndarray = PyObject_GetAttrString(numpy, "ndarray");
  PyObject* dtype = PyObject_GetAttrString(numpy, "dtype");
  bool good = ndarray && dtype;
  for (int i = 0; good && i < 5; i++) {
    dtypes[i] = PyObject_CallFunction(dtype, "s", names[i]);
    good = dtypes[i] != nullptr;
  }
  Py_XDECREF(dtype);
  Py_DECREF(numpy);
  in_forked_children([] { unlocked = 0; });  // the other threads are not in the child
  return good;
}

PyObject* decline() {
  PyErr_Clear();
  Py_INCREF(Py_None);
  return Py_None;
}

template <class T>
Numbers<T> Arguments::numbers(int i, int ndim, const char* formats, int flags) {
  Numbers<T> result;
  if (!fits_) return result;
  fits_ = false;
  if (used_ == kMost) return result;
  Py_buffer& view = views_[used_];
  if (PyObject_GetBuffer(items_[i], &view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | flags) != 0) {
    PyErr_Clear();
    return result;
  }
  used_++;
  const char* format = view.format ? view.format : "B";
  if (ndim < 0) ndim = view.ndim;
  if (view.ndim != ndim || ndim < 1 || ndim > 4 || view.itemsize != sizeof(T) || !format[0] || format[1] ||
      !std::strchr(formats, format[0]) || reinterpret_cast<uintptr_t>(view.buf) % sizeof(T))
    return result;
  static T nothing;  // an array without numbers may have no address
  result.data = view.buf ? static_cast<T*>(view.buf) : &nothing;
  result.ndim = ndim;
  fits_ = true;
  for (int axis = 0; axis < ndim; axis++) {
    result.shape[axis] = view.shape[axis];
    // Without numbers it may have more rows than a loop ever gets through.
    fits_ = fits_ && (view.len > 0 || view.shape[axis] < kMostWithoutNumbers);
  }
  return result;
}

template Numbers<float> Arguments::numbers(int, int, const char*, int);
template Numbers<uint8_t> Arguments::numbers(int, int, const char*, int);
template Numbers<int32_t> Arguments::numbers(int, int, const char*, int);
template Numbers<uint32_t> Arguments::numbers(int, int, const char*, int);
template Numbers<uint64_t> Arguments::numbers(int, int, const char*, int);
template Numbers<double> Arguments::numbers(int, int, const char*, int);

template <class T>
Rows<T> Arguments::rows(int i, const char* formats) {
  Rows<T> result;
  if (!fits_) return result;
  fits_ = false;
  if (used_ == kMost) return result;
  Py_buffer& view = views_[used_];
  if (PyObject_GetBuffer(items_[i], &view, PyBUF_STRIDES | PyBUF_FORMAT) != 0) {
    PyErr_Clear();
    return result;
  }
  used_++;
  const char* format = view.format ? view.format : "B";
  constexpr Index size = sizeof(T);
  if (view.ndim != 2 || view.itemsize != size || !format[0] || format[1] ||
      !std::strchr(formats, format[0]) ||
      reinterpret_cast<uintptr_t>(view.buf) % size)
    return result;
  result = {static_cast<T*>(view.buf), view.shape[0], view.shape[1], view.strides[0] / size};
  fits_ = (view.strides[1] == size || result.width <= 1) && view.strides[0] % size == 0;
  return result;
}

template Rows<float> Arguments::rows(int, const char*);
template Rows<uint64_t> Arguments::rows(int, const char*);

bool Arguments::flag(int i) {
  if (!fits_) return false;
  int truth = PyObject_IsTrue(items_[i]);
  if (truth < 0) fits_ = false;
  return truth == 1;
}

Grid Arguments::grid(int i) {
  Grid result;
  if (!fits_) return result;
  fits_ = false;
  if (used_ == kMost) return result;
  Py_buffer& view = views_[used_];
  if (PyObject_GetBuffer(items_[i], &view, PyBUF_STRIDES | PyBUF_FORMAT) != 0) {
    PyErr_Clear();
    return result;
  }
  used_++;
  constexpr Index size = sizeof(float);
  const char* format = view.format ? view.format : "B";
  if (view.ndim != 4 || view.itemsize != size || format[0] != 'f' || format[1] ||
      reinterpret_cast<uintptr_t>(view.buf) % size)
    return result;
  static const float nothing = 0;  // an array without numbers may have no address
  result.data = view.buf ? static_cast<const float*>(view.buf) : &nothing;
  fits_ = view.strides[3] == size || view.shape[3] <= 1;
  for (int axis = 0; axis < 4; axis++) {
    result.shape[axis] = view.shape[axis];
    result.stride[axis] = view.strides[axis] / size;
    fits_ = fits_ && view.strides[axis] % size == 0 &&
            (view.len > 0 || view.shape[axis] < kMostWithoutNumbers);
  }
  return result;
}

double Arguments::number(int i) {
  bool whole = fits_ && PyLong_Check(items_[i]);
  fits_ = whole || (fits_ && PyFloat_Check(items_[i]));
  if (!fits_) return 0;
  double value = whole ? PyLong_AsDouble(items_[i]) : PyFloat_AsDouble(items_[i]);
  if (value == -1.0 && PyErr_Occurred()) fits_ = false;
  return value;
}

Index Arguments::integer(int i) {
  if (!fits_) return 0;
  Index value = PyLong_AsSsize_t(items_[i]);
  if (value == -1 && PyErr_Occurred()) fits_ = false;
  return value;
}

uint64_t Arguments::bits(int i) {
  if (!fits_) return 0;
  if (!PyLong_Check(items_[i])) fits_ = false;
  uint64_t value = fits_ ? PyLong_AsUnsignedLongLongMask(items_[i]) : 0;
  if (PyErr_Occurred()) fits_ = false;
  return value;
}

template <class T>
NewArray<T> new_array(int ndim, const Index* shape) {
  NewArray<T> array;
  Index bytes = sizeof(T);
  bool countable = true;
  Owned size(PyTuple_New(ndim));
  if (!size) return array;
  for (int axis = 0; axis < ndim; axis++) {
    countable = countable && !__builtin_mul_overflow(bytes, shape[axis], &bytes);
    PyTuple_SetItem(size.object, axis, PyLong_FromSsize_t(shape[axis]));
  }
  Owned block = countable ? new_block(bytes, reinterpret_cast<void**>(&array.data))
                          : Owned(PyErr_NoMemory());
  if (!block) return array;
  PyObject* dtype = dtypes[kind_of<T>()];
  array.object = PyObject_CallFunctionObjArgs(ndarray, size.object, dtype, block.object, nullptr);
  return array;
}

Unlocked::Unlocked(double work) {
  if (work <= kWorthIt || staying) return;
  unlocked++;
  state_ = PyEval_SaveThread();
}

Unlocked::~Unlocked() {
  if (!state_) return;
  PyEval_RestoreThread(state_);
  unlocked--;
}

void stay_locked() {
  staying = true;
  while (unlocked > 0) {
    PyThreadState* state = PyEval_SaveThread();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    PyEval_RestoreThread(state);
  }
}

template NewArray<float> new_array(int, const Index*);
template NewArray<uint8_t> new_array(int, const Index*);
template NewArray<int32_t> new_array(int, const Index*);
template NewArray<uint32_t> new_array(int, const Index*);
template NewArray<double> new_array(int, const Index*);

}  // namespace combinet
