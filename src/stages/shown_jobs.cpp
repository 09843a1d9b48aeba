#include "stages/shown_jobs.h"

#include <fmt/ranges.h>
#include <unistd.h>

#include <fstream>

namespace clipmill {

void ShownJobs::add(JobId job) {
  const std::lock_guard lock(mutex_);
  jobs_.insert(job);
  show();
}

void ShownJobs::remove(JobId job) {
  const std::lock_guard lock(mutex_);
  jobs_.erase(job);
  show();
}

/// The first thread's name is the process's; a thread may name others only through /proc.
void ShownJobs::show() const {
  std::ofstream name(fmt::format("/proc/self/task/{}/comm", ::getpid()));
  if (jobs_.empty()) {
    name << "clipmill-worker";
  } else {
    name << fmt::format("job {}", fmt::join(jobs_, " "));
  }
}

}  // namespace clipmill
