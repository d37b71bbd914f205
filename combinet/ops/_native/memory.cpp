#include "memory.hpp"

#include <cstdlib>
#include <new>
#include <vector>

#include "kernels/types.hpp"
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace combinet {

namespace {

// Four sizes for every power of two, from 256 bytes on: at most a fifth of a block is unused.
constexpr int kClasses = 4 * 48;
constexpr Index kSmallest = 256;
constexpr Index kHuge = Index(2) << 20;
constexpr Index kKept = Index(512) << 20;  // bytes; what goes back beyond this is freed
constexpr Index kMost = Index(1) << 46;    // bytes of a block: beyond all memory there is

struct Block {
  PyObject_HEAD
  void* data;
  Index bytes;
};

PyTypeObject* block_type = nullptr;
std::vector<void*>* pool = nullptr;
Index kept = 0;

struct SizeClass {
  int number;
  Index bytes;
};

SizeClass size_class(Index bytes) {
  if (bytes < kSmallest) bytes = kSmallest;
  int power = 0;
  while ((bytes - 1) >> (power + 1)) power++;  // 2^power <= bytes - 1
  Index base = Index(1) << power;
  int quarter = int((bytes - 1 - base) / (base / 4));
  return {4 * power + quarter, base + (quarter + 1) * (base / 4)};
}

void* fresh(Index bytes) {
  bool huge = bytes >= kHuge;
  Index alignment = huge ? kHuge : 64;
  Index rounded = (bytes + alignment - 1) / alignment * alignment;
  void* data = std::aligned_alloc(alignment, rounded);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  if (data && huge) madvise(data, rounded, MADV_HUGEPAGE);
#endif
  return data;
}

bool keep(void* data, const SizeClass& c) {
  if (kept + c.bytes > kKept) return false;
  try {
    pool[c.number].push_back(data);
  } catch (const std::bad_alloc&) {
    return false;
  }
  kept += c.bytes;
  return true;
}

void block_dealloc(PyObject* self) {
  Block* block = reinterpret_cast<Block*>(self);
  if (!keep(block->data, size_class(block->bytes))) std::free(block->data);
  PyTypeObject* type = Py_TYPE(self);
  PyObject_Free(self);
  Py_DECREF(type);
}

int block_getbuffer(PyObject* self, Py_buffer* view, int flags) {
  Block* block = reinterpret_cast<Block*>(self);
  return PyBuffer_FillInfo(view, self, block->data, block->bytes, 0, flags);
}

PyType_Slot block_slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(block_dealloc)},
    {Py_bf_getbuffer, reinterpret_cast<void*>(block_getbuffer)},
    {Py_tp_doc, const_cast<char*>("Memory of the pool, lent to one array.")},
    {0, nullptr},
};
PyType_Spec block_spec = {"combinet.ops._native.Block", sizeof(Block), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, block_slots};

}  // namespace

bool add_memory(PyObject* module) {
  pool = new (std::nothrow) std::vector<void*>[kClasses];
  block_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&block_spec));
  return pool && block_type &&
         PyModule_AddObjectRef(module, "Block", reinterpret_cast<PyObject*>(block_type)) == 0;
}

Owned new_block(Index bytes, void** data) {
  if (bytes < 0 || bytes > kMost) return Owned(PyErr_NoMemory());
  SizeClass c = size_class(bytes);
  std::vector<void*>& free_ones = pool[c.number];
  if (free_ones.empty()) {
    *data = fresh(c.bytes);
    if (!*data) return Owned(PyErr_NoMemory());
  } else {
    *data = free_ones.back();
    free_ones.pop_back();
    kept -= c.bytes;
  }
  Block* block = PyObject_New(Block, block_type);
  if (!block) {
    std::free(*data);
    return Owned();
  }
  block->data = *data;
  block->bytes = bytes;
  return Owned(reinterpret_cast<PyObject*>(block));
}

Index pooled_bytes() { return kept; }

void drop_pool() {
  for (int i = 0; i < kClasses; i++) {
    for (void* data : pool[i]) std::free(data);
    pool[i].clear();
  }
  kept = 0;
}

namespace {

struct Space {
  float* data = nullptr;
  Index numbers = 0;

  ~Space() { release(); }
  void release() {
    std::free(data);
    data = nullptr, numbers = 0;
  }
};

thread_local Space spaces[8];

}  // namespace

void drop_scratch() {
  for (Space& space : spaces) space.release();
}

float* scratch(int slot, Long numbers) {
  Space& space = spaces[slot];
  if (numbers < 0 || numbers > kMost / Index(sizeof(float))) return nullptr;
  if (!space.data || space.numbers < numbers) {
    space.release();
    space.numbers = (numbers / 4 * 5 / 1024 + 2) * 1024;
    space.data = static_cast<float*>(fresh(space.numbers * Index(sizeof(float))));
    if (!space.data) space.numbers = 0;
  }
  return space.data;
}

}  // namespace combinet
