// What runs a job on a worker, whatever it makes: the program registers one runner for each kind of job.
#pragma once

#include <functional>
#include <map>

#include "core/job.h"
#include "stages/reporter.h"

namespace clipmill {

/// What a worker is set to, whatever the job.
struct WorkerSettings {
  int threads = 0;  ///< of torch and x264; 0: one a core
};

/// What a job has at hand while it runs.
struct WorkContext {
  Device& device;
  const WorkerSettings& settings;
  const Clock& clock;
  const Report& report;
  const StopFlag& stop;
};

/// Runs one job to its end: the file `output` lies under its final name when it returns. Throws Error, or what
/// torch throws.
using JobRunner = std::function<void(const JobSpec&, const WorkContext&)>;
using JobRunners = std::map<JobKind, JobRunner>;

}  // namespace clipmill
