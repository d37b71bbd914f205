#include "kernels.hpp"

#include <cstdlib>
#include <cstring>
#include <string>

#include "python.hpp"

namespace combinet {

#if defined(__x86_64__)
extern const Kernels avx512_kernels, avx2_kernels;
#endif
extern const Kernels base_kernels;

const Kernels* kernels = &base_kernels;

namespace {

struct Choice {
  const Kernels* table;
  bool usable;
};

constexpr int kChoices = 3;

const Choice* choices() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  static const Choice all[kChoices] = {
      {&avx512_kernels, __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512dq") &&
                            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma")},
      {&avx2_kernels, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")},
      {&base_kernels, true}};
#else
  static const Choice all[kChoices] = {{&base_kernels, true}, {nullptr, false}, {nullptr, false}};
#endif
  return all;
}

}  // namespace

const char* usable_kernels() {
  static std::string names;
  names.clear();
  for (int i = 0; i < kChoices; i++)
    if (choices()[i].usable) names += (names.empty() ? "" : " ") + std::string(choices()[i].table->name);
  return names.c_str();
}

bool choose_kernels() {
  const char* wanted = std::getenv("COMBINET_ISA");
  for (int i = 0; i < kChoices; i++) {
    const Choice& choice = choices()[i];
    if (choice.usable && (!wanted || !*wanted || !std::strcmp(wanted, choice.table->name))) {
      kernels = choice.table;
      return true;
    }
  }
  PyErr_Format(PyExc_ImportError, "COMBINET_ISA=%s, but this machine runs: %s", wanted,
               usable_kernels());
  return false;
}

}  // namespace combinet
