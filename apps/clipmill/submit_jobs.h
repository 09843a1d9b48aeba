// Jobs into the daemon's queue.
#pragma once

#include "clipmill/daemon_client.h"

namespace clipmill {

struct SubmitOptions {
  bool wait = false;  ///< until all of them are over
  bool json = false;  ///< the jobs' numbers as JSON
};

/// `jobs`: an array of what to_json(JobSpec) gives. What the daemon took is on its disk when this returns.
/// Tells the numbers; returns the exit code.
int submit_jobs(const DaemonClient& daemon, const nlohmann::json& jobs, const SubmitOptions& options);

}  // namespace clipmill
