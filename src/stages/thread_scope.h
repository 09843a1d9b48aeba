// How many threads torch computes with, for a while.
#pragma once

#include <ATen/Parallel.h>

namespace clipmill {

/// Of the calling thread: OpenMP and MKL keep a count for each thread that starts work.
class ThreadScope {
 public:
  /// 0 leaves it as it is.
  explicit ThreadScope(int threads) : before_(at::get_num_threads()) {
    if (threads > 0) at::set_num_threads(threads);
  }
  ~ThreadScope() { at::set_num_threads(before_); }
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

 private:
  // Read first: a thread's first look at the count takes over what another thread set last.
  const int before_;
};

}  // namespace clipmill
