// Loading the next thing while the present one is computed.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/ThreadLocalState.h>

#include <functional>
#include <future>
#include <utility>

#include "vram/memory_scope.h"

namespace clipmill {

/// Torch computes with one thread in the calling one. Threads that first ask for their count meanwhile would
/// take over the 1: no others start where things are prefetched.
class OneThread {
 public:
  OneThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  const int before_;
};

/// load() on a thread of its own, in the caller's torch state (without gradients, if it is) and on its
/// account of device memory. get() gives the result or throws what load threw; the future's destructor waits,
/// so that no thread outlives an abandoned pass.
template <class T>
std::future<T> prefetch(std::function<T()> load) {
  return std::async(std::launch::async, [state = at::ThreadLocalState(), account = MemoryScope::current(),
                                         load = std::move(load)] {
    const at::ThreadLocalStateGuard same_state(state);
    const MemoryScope same_account(account);
    const MemoryScope weights(MemoryCategory::kModel, "prefetch");
    const OneThread copying_only;
    return load();
  });
}

}  // namespace clipmill
