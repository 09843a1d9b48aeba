// Made-up streams of jobs.
#pragma once

#include <cstdint>

#include "simulate/workload.h"

namespace clipmill {

/// A Poisson stream of clips of mixed length, memory and priority.
struct ArrivalOptions {
  int jobs = 10'000;
  double load = 0.85;         ///< memory-time that arrives, relative to what the devices have
  std::int64_t bytes = 0;     ///< of all devices together
  std::int64_t largest = 0;   ///< of one device: no job takes more
  double estimate_error = 0;  ///< σ of the logarithm of true by expected seconds
  std::uint64_t seed = 1;
};

/// Log-normal run times (median 150 s, σ 0.8), 1/6 to 5/6 of a device's memory, priorities 1, 2 and 4 in
/// shares of 60, 30 and 10 %. The same on every machine.
Workload poisson_arrivals(const ArrivalOptions& options);

/// The scheduler is told other times than jobs take: the logarithm of true by expected has the deviation
/// `sigma`.
Workload with_estimate_errors(Workload workload, double sigma, std::uint64_t seed);

}  // namespace clipmill
