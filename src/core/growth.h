// Whether memory grows from job to job: slow leaks, of a device or of the host.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace clipmill {

enum class GrowthVerdict { kNone, kSuspected, kCertain };

std::string_view to_string(GrowthVerdict verdict);

struct Growth {
  GrowthVerdict verdict = GrowthVerdict::kNone;
  double bytes_per_job = 0;
  double low = 0, high = 0;  ///< 95 % confidence interval of bytes_per_job
  double confidence = 0;     ///< that it grows at all: 1 − p of the whole series after warming up
};

/// Of the bytes in use after each job, oldest first; only the last kMostJobsForGrowth are looked at. The
/// first quarter is warming up and is left out. Growth must show in the rest, in each third of it, and
/// evenly: a step, a cache that fills or a sawtooth rises in some parts and rests in others. So a verdict
/// takes 24 jobs at least, and growth that has not ended within the series (a cache far from full, a walk at
/// random) cannot be told from a leak.
Growth assess_growth(std::span<const double> bytes_after_jobs);
/// With fewer there is no verdict: kNone then says nothing.
inline constexpr std::size_t kFewestJobsForGrowth = 24;
/// Those before the last ones are not looked at.
inline constexpr std::size_t kMostJobsForGrowth = 600;

}  // namespace clipmill
