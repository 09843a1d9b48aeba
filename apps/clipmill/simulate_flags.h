// What clipmill simulate is asked for.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "clipmill/known_estimates.h"
#include "simulate/arrivals.h"
#include "simulate/simulation.h"

namespace clipmill {

struct SimulateFlags {
  std::string manifest, trace;
  ArrivalOptions arrivals{.jobs = 0};
  double seconds_per_clip = 0;
  std::string vram_per_clip;
  EstimateSource estimates;

  std::string vram = "48GB";
  std::vector<std::string> devices = {"4"}, outages;
  int lanes = 1'000;
  double load_seconds = 0, checkpoint_share = 0;
  std::string mean_between, repair = "30m";

  std::vector<std::string> policies;
  std::string balance = "finish-time";
  double aging_seconds = SchedulerOptions().aging_seconds;
  double estimate_error = 0;
  std::uint64_t seed = 1;
  std::string by, within, html;
  bool json = false;
};

void add_simulate_flags(CLI::App& command, SimulateFlags& flags);

/// Both throw Error(kInput) on what makes no sense.
SimulationOptions simulation_options(const SimulateFlags& flags);
Workload simulated_workload(const SimulateFlags& flags, const std::vector<DeviceSpec>& devices);

/// Seconds from `now` (as std::time) to --by, or --within; none: neither is given.
std::optional<double> seconds_allowed(const SimulateFlags& flags, std::time_t now);

}  // namespace clipmill
