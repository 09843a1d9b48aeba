// How good predictions were, on what was measured.
#pragma once

#include <span>
#include <vector>

#include "core/estimator.h"

namespace clipmill {

/// All measurements of one stage of clips of one shape on one device.
struct ReviewRow {
  StageKey key;
  ClipShape shape;
  std::size_t measurements = 0;
  double measured_seconds = 0;     ///< the median
  std::int64_t measured_peak = 0;  ///< the largest
  StageEstimate predicted;         ///< now, from all measurements
  double error = 0;                ///< predicted / measured seconds − 1
  /// Of predictions made before the measurement, from those that precede it; the very first of a key, which
  /// nothing precedes, is left out.
  std::size_t ahead = 0;
  double error_ahead = 0;  ///< median |predicted / measured − 1|
  std::size_t over = 0;    ///< peaks above the reservation
};

/// By key, then shape. `measurements` in the order in which they were made.
std::vector<ReviewRow> review_estimates(std::span<const Measurement> measurements);

}  // namespace clipmill
