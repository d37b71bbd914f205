// The entries that Python sees, a family a file.
#pragma once
#include "python.hpp"

namespace combinet {

extern PyMethodDef activation_entries[];
extern PyMethodDef attention_entries[];
extern PyMethodDef dense_entries[];
extern PyMethodDef dropout_entries[];
extern PyMethodDef embedding_entries[];
extern PyMethodDef gru_entries[];
extern PyMethodDef linear_entries[];
extern PyMethodDef loss_entries[];
extern PyMethodDef lstm_entries[];
extern PyMethodDef maxout_entries[];
extern PyMethodDef norm_entries[];
extern PyMethodDef pieces_entries[];
extern PyMethodDef pooling_entries[];
extern PyMethodDef reduction_entries[];
extern PyMethodDef softmax_entries[];
extern PyMethodDef sparse_entries[];
extern PyMethodDef step_entries[];
extern PyMethodDef windows_entries[];

bool add_dense(PyObject* module);  // the type of prepared stacks
bool add_step(PyObject* module);   // the type of prepared tables

}  // namespace combinet
