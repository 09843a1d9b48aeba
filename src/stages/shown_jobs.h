// The jobs that a worker runs, where ps, top, nvidia-smi and clipmill devices see them: in its name.
#pragma once

#include <mutex>
#include <set>

#include "core/event.h"

namespace clipmill {

class ShownJobs {
 public:
  void add(JobId job);
  void remove(JobId job);
  /// How many were added so far; and whether no other runs now.
  struct Traffic {
    int begun = 0;
    bool alone = true;
  };
  Traffic traffic() const;

 private:
  void show() const;

  mutable std::mutex mutex_;
  std::multiset<JobId> jobs_;  // one may be in both lanes for a moment
  int begun_ = 0;
};

/// One of them for as long as it runs; `jobs` may be null.
class ShownJob {
 public:
  ShownJob(ShownJobs* jobs, JobId job) : jobs_(jobs), job_(job) {
    if (!jobs_) return;
    jobs_->add(job_);
    traffic_ = jobs_->traffic();
  }
  ~ShownJob() {
    if (jobs_) jobs_->remove(job_);
  }
  ShownJob(const ShownJob&) = delete;
  ShownJob& operator=(const ShownJob&) = delete;

  /// Whether no other lane's job has run beside it since it began.
  bool was_alone() const { return !jobs_ || (traffic_.alone && jobs_->traffic().begun == traffic_.begun); }

 private:
  ShownJobs* jobs_;
  const JobId job_;
  ShownJobs::Traffic traffic_;
};

}  // namespace clipmill
