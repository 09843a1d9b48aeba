#include "core/policy/policy.h"

#include <algorithm>
#include <cmath>

namespace clipmill {
namespace {

/// Of the longest wait, what a priority of 4 is ahead by. Larger values let low priorities wait longer: with
/// 0.6 about a sixth longer than without priorities, whatever the load.
constexpr double kHeadStart = 0.6;
constexpr double kLeastHeadStart = 60;  ///< seconds, so that priorities count before anybody has waited
constexpr int kMemoryLevels = 16;

/// wait + ½ log₂(priority) · h, h = 0.6 L: as if a job had come so much earlier.
double virtual_wait(const WaitingJob& job, const Conditions& c) {
  const double head_start = std::max(kHeadStart * c.longest_wait, kLeastHeadStart);
  return c.now - job.submitted + std::log2(priority_factor(job.priority)) / 2 * head_start;
}

/// (virtual wait + a constant) · (v / V)²: what needs much memory is hardest to place, and goes first.
double hardest_to_place(const WaitingJob& job, const Conditions& c) {
  const double share = static_cast<double>(job.demand.bytes) / static_cast<double>(c.bytes);
  return (virtual_wait(job, c) + c.longest_wait + kLeastHeadStart) * (share * share + 1e-6);
}

int memory_level(const WaitingJob& job, const Conditions& c) {
  const double share = static_cast<double>(job.demand.bytes) / static_cast<double>(c.bytes);
  return static_cast<int>(kMemoryLevels * std::min(share, 1.0));
}

}  // namespace

/// A head start in time for each priority, bounded by what people wait anyway; a reservation for the first,
/// and gaps for those who are hardest to place.
const Policy kFair = {
    .name = "fair",
    .formula = "wait + ½ log₂(priority) · 0.6 · longest wait lately; EASY backfilling, large memory first",
    .group = [](const WaitingJob& job,
                const Conditions& c) { return job.priority * (kMemoryLevels + 1) + memory_level(job, c); },
    .order = [](const WaitingJob& job, const Conditions&) { return job.submitted; },
    .key = virtual_wait,
    .gap_key = hardest_to_place,
    .blocked = Blocked::kReserve,
};

}  // namespace clipmill
