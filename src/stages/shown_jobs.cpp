#include "stages/shown_jobs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

namespace clipmill {
namespace {

constexpr std::size_t kLongestName = 14;  // of 15 bytes, with room for a "+"

}  // namespace

void ShownJobs::add(JobId job) {
  const std::lock_guard lock(mutex_);
  jobs_.insert(job);
  ++begun_;
  show();
}

void ShownJobs::remove(JobId job) {
  const std::lock_guard lock(mutex_);
  if (const auto found = jobs_.find(job); found != jobs_.end()) jobs_.erase(found);
  show();
}

ShownJobs::Traffic ShownJobs::traffic() const {
  const std::lock_guard lock(mutex_);
  return {begun_, jobs_.size() <= 1};
}

/// The first thread's name is the process's; a thread may name others only through /proc.
void ShownJobs::show() const {
  std::ofstream name(fmt::format("/proc/self/task/{}/comm", ::getpid()));
  if (jobs_.empty()) {
    name << "clipmill-worker";
  } else {
    // A number that is cut would be another job's.
    std::string text = fmt::format("job {}", *jobs_.begin());
    for (auto job = std::next(jobs_.begin()); job != jobs_.end(); ++job) {
      const std::string longer = fmt::format("{} {}", text, *job);
      text = longer.size() <= kLongestName ? longer : text + "+";
      if (text.ends_with('+')) break;
    }
    name << text;
  }
}

}  // namespace clipmill
