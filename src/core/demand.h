// What a job takes, as far as anybody knows before it runs.
#pragma once

#include <cstdint>
#include <limits>

#include "core/event.h"
#include "core/memory_plan.h"
#include "core/part.h"

namespace clipmill {

inline constexpr double kNever = std::numeric_limits<double>::infinity();

/// Of one job on a device of speed 1.
struct Demand {
  int model = 0;             ///< which; changing a device's model takes time
  double seconds = 0;        ///< expected, its model being loaded
  double load_seconds = 0;   ///< to load that model where another one is resident
  std::int64_t bytes = 0;    ///< reserved on the device while it runs
  Part part = Part::kWhole;  ///< kDecode takes a decode lane, everything else a main one
  MemoryPlan plan{};         ///< under which it takes so much
  std::int64_t within = 0;   ///< bytes of the device that it was reckoned for
  bool fits = true;          ///< is expected to fit there
  bool guessed = false;      ///< nobody knows: `bytes` is what there is
  int like = -1;             ///< jobs of one number are estimated alike; −1: like no other
};

/// A job that may start, reduced to what decisions need.
struct WaitingJob {
  JobId id = 0;
  int priority = 0;      ///< larger first
  double submitted = 0;  ///< on the scheduler's clock
  double deadline = kNever;
  Demand demand{};
};

}  // namespace clipmill
