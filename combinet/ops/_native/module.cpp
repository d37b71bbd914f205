// combinet.ops._native.compiled: the compiled half of the CPU backend. Start reading at python.hpp,
// which says what an entry may assume, then linear.cpp, which is the plainest family.
#include "families.hpp"
#include "kernels.hpp"
#include "memory.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

PyObject* instruction_set(PyObject*, PyObject*) { return PyUnicode_FromString(kernels->name); }

PyObject* instruction_sets(PyObject*, PyObject*) { return PyUnicode_FromString(usable_kernels()); }

PyObject* get_num_threads(PyObject*, PyObject*) { return PyLong_FromLong(thread_count()); }

PyObject* set_num_threads(PyObject*, PyObject* count) {
  long threads = PyLong_AsLong(count);
  if (threads == -1 && PyErr_Occurred()) return nullptr;
  if (threads < 1 || threads > 1024) {
    PyErr_SetString(PyExc_ValueError, "a number of threads lies between 1 and 1024");
    return nullptr;
  }
  set_thread_count(int(threads));
  Py_RETURN_NONE;
}

PyObject* pooled(PyObject*, PyObject*) { return PyLong_FromSsize_t(pooled_bytes()); }

PyObject* release_memory(PyObject*, PyObject*) {
  drop_pool();
  drop_scratch();
  Py_RETURN_NONE;
}

PyObject* at_exit(PyObject*, PyObject*) {
  stay_locked();
  Py_RETURN_NONE;
}

PyMethodDef module_entries[] = {
    {"instruction_set", instruction_set, METH_NOARGS, "The instruction set whose kernels run."},
    {"instruction_sets", instruction_sets, METH_NOARGS, "Those that this machine has."},
    {"get_num_threads", get_num_threads, METH_NOARGS, "How many threads a kernel may use."},
    {"set_num_threads", set_num_threads, METH_O, "Let kernels use that many threads."},
    {"pooled_bytes", pooled, METH_NOARGS, "Bytes of memory that wait to be used again."},
    {"release_memory", release_memory, METH_NOARGS, "Give those bytes back to the system."},
    {"at_exit", at_exit, METH_NOARGS, "Wait for threads in kernels; then keep Python's lock."},
    {nullptr, nullptr, 0, nullptr},
};

PyMethodDef* families[] = {
    activation_entries, attention_entries, dense_entries, dropout_entries, embedding_entries,
    gru_entries, linear_entries, loss_entries, lstm_entries, maxout_entries, norm_entries,
    pieces_entries, pooling_entries, reduction_entries, softmax_entries, sparse_entries,
    step_entries, windows_entries,
};

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "compiled", "Compiled operations of combinet.", -1, module_entries,
    nullptr, nullptr, nullptr, nullptr,
};

}  // namespace

}  // namespace combinet

PyMODINIT_FUNC PyInit_compiled() {
  using namespace combinet;
  PyObject* module = PyModule_Create(&definition);
  if (!module) return nullptr;
  bool good = choose_kernels() && prepare_arrays() && add_memory(module) && add_dense(module) &&
              add_step(module);
  for (PyMethodDef* family : families) good = good && PyModule_AddFunctions(module, family) == 0;
  if (good) return module;
  Py_DECREF(module);
  return nullptr;
}
