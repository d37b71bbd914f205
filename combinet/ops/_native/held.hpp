// Arrays that are held over many calls, so that a call need not look them up again.
#pragma once
#include <vector>

#include "python.hpp"

namespace combinet {

// Buffers of arrays that stay lent as long as this lives. Use it inside a Python object.
class Held {
 public:
  Held() = default;
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { release(); }

  void release() {
    for (Py_buffer& view : views_) PyBuffer_Release(&view);
    views_.clear();
  }

  // The numbers of a float32 array in C order of any rank; without data if it is none of that.
  Floats floats(PyObject* array, bool writable) {
    Floats result;
    Py_buffer view;
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    if (!array || PyObject_GetBuffer(array, &view, flags) != 0) {
      PyErr_Clear();
      return result;
    }
    views_.push_back(view);
    bool fits = view.format && view.format[0] == 'f' && !view.format[1] && view.ndim <= 4 &&
                reinterpret_cast<uintptr_t>(view.buf) % sizeof(float) == 0;
    if (!fits) return result;
    result.data = static_cast<float*>(view.buf);
    result.ndim = view.ndim;
    for (int axis = 0; axis < view.ndim; axis++) result.shape[axis] = view.shape[axis];
    return result;
  }

 private:
  std::vector<Py_buffer> views_;
};

// A Python object around a C++ one, of a type made by `held_type`.
template <class T>
struct Holder {
  PyObject_HEAD
  T* value;
};

template <class T>
void holder_dealloc(PyObject* self) {
  delete reinterpret_cast<Holder<T>*>(self)->value;
  PyTypeObject* type = Py_TYPE(self);
  PyObject_Free(self);
  Py_DECREF(type);
}

template <class T>
PyTypeObject* held_type(const char* name, const char* doc) {
  PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(holder_dealloc<T>)},
                         {Py_tp_doc, const_cast<char*>(doc)},
                         {0, nullptr}};
  PyType_Spec spec = {name, sizeof(Holder<T>), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  return reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
}

// The object that now owns `value`; null, and `value` deleted, without memory.
template <class T>
PyObject* hold(PyTypeObject* type, T* value) {
  Holder<T>* holder = PyObject_New(Holder<T>, type);
  if (!holder) {
    delete value;
    return nullptr;
  }
  holder->value = value;
  return reinterpret_cast<PyObject*>(holder);
}

// What an object of that type holds; null for any other object.
template <class T>
T* held_by(PyTypeObject* type, PyObject* object) {
  return object && Py_TYPE(object) == type ? reinterpret_cast<Holder<T>*>(object)->value : nullptr;
}

}  // namespace combinet
