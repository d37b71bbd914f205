// Dropout, for the entries that have it inside.
#pragma once
#include "kernels/types.hpp"
#include "python.hpp"

namespace combinet {

// What (rate, key, draw) say; the bits are those of combinet.ops._training.
Dropping dropping_of(double rate, uint64_t key, uint64_t draw);

// A Python None, or a tuple (rate, key, draw).
struct MaybeDropping {
  bool fits = false;   // it is one of these
  bool drops = false;  // it is a tuple
  Dropping dropping{};
};
MaybeDropping maybe_dropping(PyObject* object);

}  // namespace combinet
