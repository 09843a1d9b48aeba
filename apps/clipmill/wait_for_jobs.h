// Watches jobs of the daemon until they are over.
#pragma once

#include <cstdint>
#include <vector>

#include "clipmill/daemon_client.h"

namespace clipmill {

/// No `ids`: all. Tells how far it is (a line on a terminal). Returns the exit code: whether all are done.
int wait_for_jobs(const DaemonClient& daemon, const std::vector<std::int64_t>& ids);

}  // namespace clipmill
