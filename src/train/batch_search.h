// The largest and the fastest batch, within memory and patience.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "vram/batch_size.h"

namespace clipmill {

struct BatchSearchLimits {
  std::int64_t largest = 4096;  ///< the largest size worth having
  std::int64_t budget = 0;      ///< bytes; 0: unknown
  /// A batch that would take longer, going by the largest so far, is not tried and counts as too large. Sizes
  /// 1 and 2 are always tried.
  double most_seconds = 30;
};

/// Why the next larger batch is not in question.
enum class BatchLimit { kLargest, kMemory, kTime };

struct FoundBatch {
  BatchSize size;
  BatchLimit limit = BatchLimit::kLargest;
};

/// find_batch_size() (vram/batch_size.h) with patience. Sizes that were not tried are not among the probes.
FoundBatch search_batch(const ProbeBatch& probe, const BatchSearchLimits& limits);

/// {"largest", "fastest", "limited_by", "fixed_bytes", "bytes_per_clip", "probes": [{"clips", "fits",
/// "peak_bytes", "seconds", "clips_per_second"}]}; a probe that does not fit has no figures.
nlohmann::ordered_json to_json(const FoundBatch& found);

}  // namespace clipmill
