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

 private:
  void show() const;

  std::mutex mutex_;
  std::set<JobId> jobs_;
};

/// One of them for as long as it runs; `jobs` may be null.
class ShownJob {
 public:
  ShownJob(ShownJobs* jobs, JobId job) : jobs_(jobs), job_(job) {
    if (jobs_) jobs_->add(job_);
  }
  ~ShownJob() {
    if (jobs_) jobs_->remove(job_);
  }
  ShownJob(const ShownJob&) = delete;
  ShownJob& operator=(const ShownJob&) = delete;

 private:
  ShownJobs* jobs_;
  const JobId job_;
};

}  // namespace clipmill
