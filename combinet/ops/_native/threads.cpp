#include "threads.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>
#include <vector>
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif
#if defined(__linux__)
#include <sched.h>
#endif

namespace combinet {

namespace {

constexpr int kSpins = 4000;  // some 20 us: about as long as the gap between two calls

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

struct Job {
  Chunk f;
  void* context;
  Index count, grain, chunks;

  void run(Index chunk) const {
    Index first = chunk * grain;
    f(context, first, first + grain < count ? first + grain : count);
  }
  void run_alone() const {
    for (Index chunk = 0; chunk < chunks; chunk++) run(chunk);
  }
};

// A job that a worker may read while the next one is written. What it then reads is a mixture, but
// of no use to it: the ticket was closed before, which whoever sees a new field sees too, so it can
// claim no chunk.
struct SharedJob {
  std::atomic<Chunk> f{nullptr};
  std::atomic<void*> context{nullptr};
  std::atomic<Index> count{0}, grain{1}, chunks{0};

  void store(const Job& job) {
    f.store(job.f, std::memory_order_release);
    context.store(job.context, std::memory_order_release);
    count.store(job.count, std::memory_order_release);
    grain.store(job.grain, std::memory_order_release);
    chunks.store(job.chunks, std::memory_order_release);
  }
  Job load() const {
    return {f.load(std::memory_order_acquire), context.load(std::memory_order_acquire),
            count.load(std::memory_order_acquire), grain.load(std::memory_order_acquire),
            chunks.load(std::memory_order_acquire)};
  }
};

class Pool {
 public:
  explicit Pool(int threads) : wanted_(threads) {}

  int threads() const { return wanted_.load(std::memory_order_relaxed); }

  // Threads are only ever added; those beyond `threads` find nothing to claim and sleep.
  void resize(int threads) { wanted_.store(threads, std::memory_order_relaxed); }

  void run(const Job& job) {
    int workers = threads() - 1;
    // Also what a chunk of a job shares out finds the pool busy.
    if (workers < 1 || job.chunks >= kClosed || busy_.exchange(true, std::memory_order_acquire)) {
      job.run_alone();
      return;
    }
    if (grow(workers))
      share_out(job, workers);
    else
      job.run_alone();
    busy_.store(false, std::memory_order_release);
  }

 private:
  static constexpr uint32_t kClosed = 0xffffffff;  // in place of the next chunk

  static uint64_t ticket_of(uint32_t epoch, uint32_t chunk) { return uint64_t(epoch) << 32 | chunk; }

  void share_out(const Job& job, int workers) {
    ticket_.store(ticket_of(epoch_, kClosed), std::memory_order_relaxed);
    job_.store(job);
    left_.store(job.chunks, std::memory_order_relaxed);
    active_.store(workers, std::memory_order_relaxed);
    epoch_ = (epoch_ + 1) & 0x7fffffff;
    ticket_.store(ticket_of(epoch_, 0), std::memory_order_seq_cst);
    if (sleeping_.load(std::memory_order_seq_cst) > 0) {
      std::lock_guard<std::mutex> lock(sleep_);
      wake_.notify_all();
    }
    work(epoch_);
    for (int spins = 0; left_.load(std::memory_order_acquire) > 0;)
      if (++spins < kSpins)
        relax();
      else
        std::this_thread::yield();
  }

  // The ticket is the epoch in its upper half and the next chunk in its lower one: to claim is to
  // count it up, which fails once the epoch is another.
  void work(uint32_t epoch) {
    for (;;) {
      uint64_t ticket = ticket_.load(std::memory_order_acquire);
      Index chunk = Index(ticket & kClosed);
      if (uint32_t(ticket >> 32) != epoch) return;
      Job job = job_.load();
      if (chunk >= job.chunks) return;
      if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel)) continue;
      job.run(chunk);
      left_.fetch_sub(1, std::memory_order_acq_rel);
    }
  }

  void serve(int number) {
    uint32_t seen = 0;
    for (;;) {
      uint32_t epoch;
      for (int spins = 0;; spins++) {
        epoch = uint32_t(ticket_.load(std::memory_order_acquire) >> 32);
        if (epoch != seen) break;
        if (spins < kSpins) {
          relax();
          continue;
        }
        std::unique_lock<std::mutex> lock(sleep_);
        sleeping_.fetch_add(1, std::memory_order_seq_cst);
        wake_.wait(lock, [&] {
          return uint32_t(ticket_.load(std::memory_order_seq_cst) >> 32) != seen;
        });
        sleeping_.fetch_sub(1, std::memory_order_seq_cst);
      }
      seen = epoch;
      if (number <= active_.load(std::memory_order_relaxed)) work(epoch);
    }
  }

  bool grow(int workers) {
    try {
      while (int(started_) < workers) {
        int number = started_ + 1;
        std::thread([this, number] { serve(number); }).detach();
        started_ = number;
      }
    } catch (const std::exception&) {  // the system has no more threads for us
      wanted_.store(started_ + 1, std::memory_order_relaxed);
      return started_ > 0;
    }
    return true;
  }

  std::atomic<bool> busy_{false};
  std::mutex sleep_;
  std::condition_variable wake_;
  std::atomic<uint64_t> ticket_{0};
  std::atomic<Index> left_{0};
  std::atomic<int> sleeping_{0}, active_{0}, wanted_;
  int started_ = 0;
  uint32_t epoch_ = 0;
  SharedJob job_;
};

// Never destroyed: its threads are detached, and may outlive the end of main().
Pool* pool = nullptr;

// The threads of the parent are not in the child, and a lock may be held by one of them.
void after_fork() {
  if (pool) pool = new (std::nothrow) Pool(pool->threads());
}

Pool* the_pool() {
  static bool prepared = [] {
    pool = new (std::nothrow) Pool(threads_by_default());
    in_forked_children(after_fork);
    return true;
  }();
  (void)prepared;
  return pool;
}

constexpr int kMostThreads = 1024;

int positive(const char* text) {
  long number = text ? std::strtol(text, nullptr, 10) : 0;
  return number > 0 ? int(std::min(number, long(kMostThreads))) : 0;
}

}  // namespace

int threads_by_default() {
  for (const char* name : {"COMBINET_NUM_THREADS", "OMP_NUM_THREADS"})
    if (int number = positive(std::getenv(name))) return number;
#if defined(__linux__)
  cpu_set_t cpus;
  if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) > 0)
    return CPU_COUNT(&cpus);
#endif
  unsigned all = std::thread::hardware_concurrency();
  return all ? int(all) : 1;
}

void in_forked_children(void (*f)()) {
#if defined(__unix__) || defined(__APPLE__)
  pthread_atfork(nullptr, nullptr, f);
#endif
}

int thread_count() { return the_pool() ? the_pool()->threads() : 1; }

void set_thread_count(int count) {
  if (the_pool()) the_pool()->resize(count);
}

void in_parallel(Index count, Index grain, Chunk f, void* context) {
  if (count <= 0) return;
  Index chunks = (count + grain - 1) / grain;
  Job job{f, context, count, grain, chunks};
  if (chunks < 2 || !the_pool())
    job.run_alone();
  else
    the_pool()->run(job);
}

}  // namespace combinet
