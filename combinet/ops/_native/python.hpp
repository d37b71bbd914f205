// What an entry takes from Python and gives back.
//
// The contract of every entry: it does its whole job, or it declines. An argument that is not a
// float32 array in C order (or whatever the entry asks for), or sizes that do not belong together,
// make it decline: it returns None and has written nothing. The caller then takes the reference
// path, which serves every layout and raises the errors with a name. So there is one place for
// errors, and it is not here.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstdint>
#include <exception>
#include <utility>

namespace combinet {

using Index = Py_ssize_t;

// Numbers in C order that their owner has lent for the length of a call.
template <class T>
struct Numbers {
  T* data = nullptr;
  int ndim = 0;
  Index shape[4] = {1, 1, 1, 1};

  Index size() const { return shape[0] * shape[1] * shape[2] * shape[3]; }
  // All axes but the last, as rows; and the last.
  Index width() const { return ndim ? shape[ndim - 1] : 1; }
  Index rows() const { return width() ? size() / width() : shape[0]; }
  explicit operator bool() const { return data != nullptr; }
};

using Floats = Numbers<float>;

// A matrix of which each row is in order: `stride` numbers lie between the starts of two rows.
template <class T>
struct Rows {
  T* data = nullptr;
  Index count = 0, width = 0, stride = 0;
};

// Any view of four axes of which the last is in order; strides count numbers.
struct Grid {
  const float* data = nullptr;
  Index shape[4] = {}, stride[4] = {};
};

// The arguments of one call. Every getter names its argument by position; one that does not fit
// turns `fits` to false, and what the getter returns must not be used.
class Arguments {
 public:
  static constexpr int kMost = 20;

  Arguments(PyObject* const* items, Index count, Index wanted)
      : items_(items), fits_(count == wanted) {}
  ~Arguments() {
    while (used_) PyBuffer_Release(&views_[--used_]);
  }
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  bool fits() const { return fits_; }
  // Also the caller's own conditions: sizes that belong together.
  bool require(bool condition) { return fits_ = fits_ && condition; }

  Floats floats(int i, int ndim) { return numbers<float>(i, ndim, "f", PyBUF_SIMPLE); }
  Floats floats_to_write(int i, int ndim) { return numbers<float>(i, ndim, "f", PyBUF_WRITABLE); }
  Floats floats_of_any_rank(int i) { return numbers<float>(i, -1, "f", PyBUF_SIMPLE); }  // 1 to 4
  Floats floats_of_any_rank_to_write(int i) { return numbers<float>(i, -1, "f", PyBUF_WRITABLE); }
  // None counts as an array without data.
  Floats floats_or_none(int i, int ndim) { return is_none(i) ? Floats{} : floats(i, ndim); }
  Floats floats_to_write_or_none(int i, int ndim) {
    return is_none(i) ? Floats{} : floats_to_write(i, ndim);
  }
  Numbers<uint8_t> bytes(int i, int ndim) { return numbers<uint8_t>(i, ndim, "B", PyBUF_SIMPLE); }
  Numbers<int32_t> ints(int i, int ndim) { return numbers<int32_t>(i, ndim, "i", PyBUF_SIMPLE); }
  Numbers<int32_t> ints_or_none(int i, int ndim) {
    return is_none(i) ? Numbers<int32_t>{} : ints(i, ndim);
  }
  // Of either sign: the same bits.
  Numbers<uint32_t> unsigned_ints(int i, int ndim) {
    return numbers<uint32_t>(i, ndim, "Ii", PyBUF_SIMPLE);
  }
  // Of either sign: the same bits.
  Numbers<uint64_t> keys(int i, int ndim) { return numbers<uint64_t>(i, ndim, "LQlq", PyBUF_SIMPLE); }
  Numbers<double> doubles(int i, int ndim) { return numbers<double>(i, ndim, "d", PyBUF_SIMPLE); }
  Numbers<double> doubles_to_write(int i, int ndim) {
    return numbers<double>(i, ndim, "d", PyBUF_WRITABLE);
  }

  Numbers<uint8_t> bools_of_any_rank(int i) { return numbers<uint8_t>(i, -1, "?", PyBUF_SIMPLE); }
  Grid grid(int i);

  // Columns of a wider array will do.
  Rows<float> float_rows(int i) { return rows<float>(i, "f"); }
  Rows<uint64_t> key_rows(int i) { return rows<uint64_t>(i, "LQlq"); }

  bool is_none(int i) const { return fits_ && items_[i] == Py_None; }
  bool flag(int i);
  double number(int i);  // a Python float or int, so that no code of the user's runs
  Index integer(int i);
  uint64_t bits(int i);  // of a Python int, the lower 64
  PyObject* object(int i) const { return fits_ ? items_[i] : nullptr; }

 private:
  template <class T>
  Numbers<T> numbers(int i, int ndim, const char* formats, int flags);
  template <class T>
  Rows<T> rows(int i, const char* formats);

  PyObject* const* items_;
  bool fits_;
  int used_ = 0;
  Py_buffer views_[kMost];
};

// Whether two arrays share memory: then one must not be written while the other is read.
template <class A, class B>
bool overlap(const Numbers<A>& a, const Numbers<B>& b) {
  auto first = reinterpret_cast<uintptr_t>(a.data), second = reinterpret_cast<uintptr_t>(b.data);
  return a && b && first < second + uintptr_t(b.size()) * sizeof(B) &&
         second < first + uintptr_t(a.size()) * sizeof(A);
}

// Whether bytes that hold floats start where a float may.
inline bool holds_floats(const Numbers<uint8_t>& bytes) {
  return reinterpret_cast<uintptr_t>(bytes.data) % alignof(float) == 0;
}

// Written over the very numbers that it is made of, or apart from them.
template <class A, class B>
bool same_or_apart(const Numbers<A>& out, const Numbers<B>& from) {
  return static_cast<const void*>(out.data) == static_cast<const void*>(from.data) ||
         !overlap(out, from);
}

template <class A, class B>
bool same_shape(const Numbers<A>& a, const Numbers<B>& b) {
  bool same = a.ndim == b.ndim;
  for (int axis = 0; axis < 4; axis++) same = same && a.shape[axis] == b.shape[axis];
  return same;
}

// None, after an argument did not fit; an error set on the way is dropped, for the reference path
// will meet it again and name it.
PyObject* decline();

// What an entry that only writes into its arguments returns when it has done so.
inline PyObject* done() {
  Py_INCREF(Py_True);
  return Py_True;
}

// A reference of our own, to be returned; null where there was no memory (with the error set).
struct Owned {
  PyObject* object = nullptr;

  Owned() = default;
  explicit Owned(PyObject* object) : object(object) {}
  Owned(Owned&& other) noexcept : object(other.release()) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(object, other.object);
    return *this;
  }
  ~Owned() { Py_XDECREF(object); }
  explicit operator bool() const { return object != nullptr; }
  // The reference, which the caller now owns.
  PyObject* release() { return std::exchange(object, nullptr); }
};

// An array of our own. Large ones come from the pool of memory.hpp.
template <class T>
struct NewArray : Owned {
  T* data = nullptr;
};

// Python's None in the place of an array, without data.
template <class T = float>
NewArray<T> none() {
  Py_INCREF(Py_None);
  return {Owned(Py_None), nullptr};
}

template <class T>
NewArray<T> new_array(int ndim, const Index* shape);

template <class T = float>
NewArray<T> new_array(Index rows) {
  return new_array<T>(1, &rows);
}
template <class T = float>
NewArray<T> new_array(Index rows, Index width) {
  Index shape[2] = {rows, width};
  return new_array<T>(2, shape);
}

// A tuple that takes the references over; null where one of them is.
template <class... T>
PyObject* tuple_of(T&&... owned) {
  PyObject* tuple = (... && owned) ? PyTuple_New(sizeof...(owned)) : nullptr;
  if (!tuple) return nullptr;
  Index i = 0;
  (PyTuple_SetItem(tuple, i++, owned.release()), ...);
  return tuple;
}

// Lets other Python threads run inside its scope, if there is enough to do to be worth it.
class Unlocked {
 public:
  explicit Unlocked(double work);  // about how many numbers are touched, or multiplied
  ~Unlocked();
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  PyThreadState* state_ = nullptr;
};

// Called before the interpreter goes away: waits until no thread is inside an Unlocked, and from
// then on none lets go of the lock any more. For a daemon thread that asks for the lock too late is
// ended on the spot: by unwinding its stack, without the lock, which our frames would not survive.
void stay_locked();

using Entry = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);

// Calls an entry; memory that the standard library did not get is a MemoryError. So an entry may
// use vectors, but not inside a chunk of work: see threads.hpp.
template <Entry entry>
PyObject* guarded(PyObject* self, PyObject* const* items, Py_ssize_t count) {
  try {
    return entry(self, items, count);
  } catch (const std::exception&) {
    return PyErr_NoMemory();
  }
}

// An entry as Python's table of methods takes it.
#define COMBINET_ENTRY(name, doc) \
  {#name, (PyCFunction)(void (*)(void))combinet::guarded<name>, METH_FASTCALL, doc}

bool prepare_arrays();              // looks numpy.ndarray and its types up; at import
bool add_memory(PyObject* module);  // the type of the pool's blocks

}  // namespace combinet
