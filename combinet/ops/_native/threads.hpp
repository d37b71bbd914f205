// One pool of threads for the whole process.
//
// Chunks are claimed one at a time, so a thread that the system does not schedule is never waited
// for: it has claimed nothing. A caller that finds the pool busy does its work alone. Workers spin
// for a moment between jobs and then sleep. A forked child starts with a pool of its own.
#pragma once
#include "python.hpp"

namespace combinet {

int thread_count();
void set_thread_count(int count);  // 1 or more
int threads_by_default();          // what the environment and the affinity of the process allow

void in_forked_children(void (*f)());  // is called first thing in each, from now on

// Calls f(context, first, past) for chunks of [0, count); returns when all are done. Chunks have
// `grain` items whatever the number of threads, so that what is summed in a chunk stays the same.
// f must not throw, for it may run in another thread: it gets its memory from scratch().
using Chunk = void (*)(void* context, Index first, Index past);
void in_parallel(Index count, Index grain, Chunk f, void* context);

// The same for a callable f(first, past).
template <class F>
void parallel_for(Index count, Index grain, F&& f) {
  using Callable = std::remove_reference_t<F>;
  in_parallel(
      count, grain,
      [](void* context, Index first, Index past) { (*static_cast<Callable*>(context))(first, past); },
      const_cast<void*>(static_cast<const void*>(&f)));
}

// The same for a callable that says whether it succeeded: true where it did for every chunk.
template <class F>
bool all_succeed(Index count, Index grain, F&& f) {
  bool good = true;  // only ever set to false, by any thread
  parallel_for(count, grain, [&](Index first, Index past) {
    if (!f(first, past)) __atomic_store_n(&good, false, __ATOMIC_RELAXED);
  });
  return good;
}

}  // namespace combinet
