#include "simulate/capacity.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "simulate/fleet_spec.h"

namespace clipmill {
namespace {

constexpr int kMostTried = 100'000;

double last_end(const Simulation& simulation) {
  double last = 0;
  for (const SimulatedRun& run : simulation.runs) last = std::max(last, run.ended);
  return last;
}

/// Of what no number of devices changes; empty if nothing is.
std::string impossible(const Workload& workload, const DeviceSpec& kind, double load_seconds, double within) {
  for (const SimulatedJob& job : workload.jobs) {
    if (job.bytes > kind.bytes)
      return fmt::format("a job needs {}, a device has {}", format_bytes(job.bytes),
                         format_bytes(kind.bytes));
    const double alone = load_seconds + job.seconds / kind.speed;
    if (job.submitted + alone > within)
      return fmt::format("a job that comes after {} takes {} by itself", format_seconds(job.submitted),
                         format_seconds(alone));
  }
  return {};
}

}  // namespace

CapacityAnswer devices_needed(const Workload& workload, const Policy& policy, const DeviceSpec& kind,
                              SimulationOptions options, double within) {
  if (std::string reason = impossible(workload, kind, options.fleet.load_seconds, within); !reason.empty())
    return {{}, kNever, std::move(reason)};
  const auto finish = [&](int count) {
    options.devices = copies_of(kind, count);
    return last_end(simulate(workload, policy, options));
  };
  // Doubling first: the answer is often small, and large fleets take long to simulate.
  const int most = std::clamp(static_cast<int>(workload.jobs.size()), 1, kMostTried);
  int enough = 1, too_few = 0;
  double end = finish(enough);
  while (end > within && enough < most) {
    too_few = enough;
    enough = std::min(2 * enough, most);
    end = finish(enough);
  }
  if (end > within)
    return {{},
            end,
            fmt::format("even {} devices, one for each job, are not ready before {}", enough,
                        format_seconds(end))};
  while (enough - too_few > 1) {
    const int middle = too_few + (enough - too_few) / 2;
    const double then = finish(middle);
    if (then <= within) end = then;
    (then <= within ? enough : too_few) = middle;
  }
  return {enough, end, {}};
}

}  // namespace clipmill
