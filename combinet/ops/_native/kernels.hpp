// The kernels of one instruction set, as a table of functions, and which table is in use.
//
// Every file in kernels/ is compiled once for each instruction set: see isa_*.cpp. It may use
// nothing of the standard library, for an inline function of the library that was compiled with
// AVX-512 must not become the one that the rest of the process calls.
#pragma once
#include <cstdint>

#include "kernels/types.hpp"

namespace combinet {

struct Kernels {
  const char* name;  // of the instruction set
#define KERNEL(result, name, arguments) result(*name) arguments;
#include "kernels/all.rows"
#undef KERNEL
};

// The best that this machine has, or what COMBINET_ISA asks for.
extern const Kernels* kernels;

// Looks the machine up; false, with a Python error set, if COMBINET_ISA names what it has not.
bool choose_kernels();

// The names of those that this machine can run, best first, separated by spaces.
const char* usable_kernels();

}  // namespace combinet
