// Who holds memory of this machine's devices, and for which job.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/process_info.h"
#include "sensors/nvml.h"

namespace clipmill {

enum class HolderKind {
  kRuns,      ///< a worker with a job
  kWaits,     ///< a worker between jobs: its model stays for the next one
  kOrphaned,  ///< a worker whose main program is gone
  kForeign,   ///< another program
};
std::string_view to_string(HolderKind kind);

struct Holder {
  std::string device;
  pid_t pid = 0;
  std::int64_t bytes = 0;  ///< on cpu:N what is in memory and no file's
  HolderKind kind = HolderKind::kForeign;
  std::string what;  ///< "job 12", or the program

  bool belongs_to_a_job() const { return kind == HolderKind::kRuns; }
};

/// Workers on processors, in the order of `processes`.
std::vector<Holder> holders_of_cpus(std::span<const ProcessInfo> processes);

/// Processes on the GPU called `device`, the largest first.
std::vector<Holder> holders_of_gpu(const std::string& device, std::span<const GpuProcess> on_it,
                                   std::span<const ProcessInfo> processes);

}  // namespace clipmill
