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

/// `cost` for clips as large as `reference`; others by width · height · frames · steps, relative to it. (A
/// first guess: attention grows with the square of a clip's size.)
ClipEstimate estimate_by_size(const ClipSpec& reference, const ClipCost& cost);

/// All clips are submitted at once, at 0, which is `now` (Unix seconds) for their deadlines.
Workload manifest_workload(const Manifest& manifest, const ClipEstimate& estimate, double now);

}  // namespace clipmill
