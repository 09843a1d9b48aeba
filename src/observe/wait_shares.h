// Which part of their time jobs wait, by class: wait / (wait + run), over the jobs of the last while.
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <span>

#include "observe/job_class.h"

namespace clipmill {

/// What a job took, or will have taken as far as anybody knows.
struct JobTimes {
  JobClass kind = JobClass::kBatch;
  double wait = 0, run = 0;  ///< seconds
};

/// Over the jobs that ended in the last `window` seconds, and those that wait: so that one which never starts
/// counts, too. Long jobs weigh more: the sums of the times are divided, not the shares averaged.
class WaitShares {
 public:
  explicit WaitShares(double window) : window_(window) {}

  void ended(const JobTimes& job, double now) { ended_.push_back({now, job}); }
  /// `waiting`: for how long so far, and how long they are expected to run. By class; absent: no such job.
  std::array<std::optional<double>, kJobClasses.size()> at(double now, std::span<const JobTimes> waiting);

 private:
  struct Ended {
    double at;
    JobTimes job;
  };

  const double window_;
  std::deque<Ended> ended_;
};

}  // namespace clipmill
