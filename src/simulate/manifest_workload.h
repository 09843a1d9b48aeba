// A list of clips as a workload.
#pragma once

#include <functional>

#include "manifest/manifest.h"
#include "simulate/workload.h"

namespace clipmill {

/// What a clip takes on a device of speed 1. Who knows better than a fixed number is asked here.
struct ClipCost {
  double seconds = 0;
  std::int64_t bytes = 0;
};
using ClipEstimate = std::function<ClipCost(const JobSpec&)>;

/// All clips are submitted at once, at 0.
Workload manifest_workload(const Manifest& manifest, const ClipEstimate& estimate);

}  // namespace clipmill
