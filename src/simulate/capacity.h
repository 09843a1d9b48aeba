// How many devices a list of jobs needs.
#pragma once

#include <optional>
#include <string>

#include "simulate/simulation.h"

namespace clipmill {

struct CapacityAnswer {
  std::optional<int> devices;  ///< the smallest number found; none: no number is enough
  double finish = kNever;      ///< when the last job then ends, or would with the most that were tried
  std::string reason;          ///< if none: why
};

/// The smallest number of devices like `kind` with which all jobs have ended at `within` (seconds), by
/// bisection over simulations with the same seeds. With one device more a schedule can end later (Graham
/// 1969), so that now and then a smaller number would do as well; the one told does.
CapacityAnswer devices_needed(const Workload& workload, const Policy& policy, const DeviceSpec& kind,
                              SimulationOptions options, double within);

}  // namespace clipmill
