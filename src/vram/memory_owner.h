// Whose device memory this thread allocates.
#pragma once

#include <string>

#include "vram/memory_scope.h"

namespace clipmill {

/// From its construction to its end this thread works for a lane, on a job. What it allocates is the lane's,
/// also after the job.
class MemoryOwner {
 public:
  /// `lane` counts from 1.
  MemoryOwner(int lane, std::string job);
  ~MemoryOwner();
  MemoryOwner(const MemoryOwner&) = delete;
  MemoryOwner& operator=(const MemoryOwner&) = delete;

 private:
  int lane_;
  MemoryScope scope_;
};

}  // namespace clipmill
