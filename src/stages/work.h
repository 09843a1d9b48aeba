// What runs a job on a worker, whatever it makes: the program registers one runner for each kind of job.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/part.h"
#include "stages/reporter.h"
#include "stages/shown_jobs.h"
#include "vram/resident_blocks.h"

namespace clipmill {

/// What a lane of a worker is set to, whatever the job.
struct WorkerSettings {
  int threads = 0;                  ///< of torch and x264; 0: one a core
  std::vector<int> cores;           ///< the only ones its threads run on; empty: any
  int lane = 1;                     ///< its number in the ledger, from 1
  double state_seconds = 10;        ///< of denoising between two saved states; 0: a state after every step
  std::int64_t process_before = 0;  ///< resident bytes of this process before it had any tensor
  ShownJobs* shown = nullptr;       ///< tells the system what runs; null: nobody does
};

/// What a job has at hand while it runs.
struct WorkContext {
  Device& device;
  const WorkerSettings& settings;
  const Clock& clock;
  const Report& report;
  const StopFlag& stop;
  Part part = Part::kWhole;     ///< of a clip
  std::string state_file = {};  ///< Attempt::state_file
  MemoryPlan plan = {};         ///< of a clip, to begin with
  /// Gives back what other lanes keep on the device and do not use now; false: nothing.
  std::function<bool()> release_idle = {};
  /// Where a job, done or failed, enters what it leaves on purpose; all else that it leaves is a leak.
  ResidentBlocks* kept = nullptr;
  bool alone = true;  ///< no other lane has a job now
};

/// Runs one job, or a part of it, to its end: the file `output` (of Part::kDenoise: the state file) lies
/// under its final name when it returns. Throws Error, or what torch throws.
using JobRunner = std::function<void(const JobSpec&, const WorkContext&)>;
using JobRunners = std::map<JobKind, JobRunner>;

}  // namespace clipmill
