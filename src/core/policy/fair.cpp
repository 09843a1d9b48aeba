#include "core/policy/policy.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace clipmill {
namespace {

constexpr double kLeastWait = 60;  ///< seconds, so that claims count before anybody has waited
constexpr double kUsual = 60;      ///< seconds of a clip that is neither short nor long
constexpr int kOctaves = 6;        ///< shorter or longer than that by more makes no difference
constexpr int kMemoryLevels = 8;

/// L: beyond it, a job goes before all others soon.
double longest_wait(const Conditions& c) { return std::max(c.longest_wait, kLeastWait); }

/// log₂(t / a minute), rounded; 0 where t is not known.
int octaves(const WaitingJob& job) {
  if (job.demand.seconds <= 0) return 0;
  return std::clamp(std::ilogb(job.demand.seconds / kUsual * std::numbers::sqrt2), -kOctaves, kOctaves);
}

double power_16(double x) {
  for (int i = 0; i < 4; ++i) x *= x;
  return x;
}

/// wait + L · (½ log₂ p − ¼ log₂ t + (wait / L)¹⁶): as if a job had come so much earlier, by its priority and
/// because it is short, until it has waited for about L; then nothing goes before it any more.
double virtual_wait(const WaitingJob& job, const Conditions& c) {
  const double wait = c.now - job.submitted, longest = longest_wait(c);
  const double claim = std::log2(priority_factor(job.priority)) / 2 - octaves(job) / 4.0;
  return wait + longest * (claim + power_16(wait / longest));
}

double memory_share(const WaitingJob& job, const Conditions& c) {
  return std::min(static_cast<double>(job.demand.bytes) / static_cast<double>(c.bytes), 1.0);
}

/// (virtual wait + 4 L) · (v / V)²: what needs much memory is hardest to place, and goes first. The constant
/// keeps the first factor above 0.
double hardest_to_place(const WaitingJob& job, const Conditions& c) {
  const double share = memory_share(job, c);
  return (virtual_wait(job, c) + 4 * longest_wait(c)) * (share * share + 1e-6);
}

/// Priority, length and memory: all that keys depend on beside the wait.
int group_of(const WaitingJob& job, const Conditions& c) {
  const int memory = static_cast<int>(kMemoryLevels * memory_share(job, c));
  return (job.priority * (kMemoryLevels + 1) + memory) * (2 * kOctaves + 1) + octaves(job) + kOctaves;
}

}  // namespace

/// A head start in time for priorities and short jobs, bounded by what people wait anyway; a reservation for
/// the first, and gaps for those who are hardest to place.
const Policy kFair = {
    .name = "fair",
    .formula =
        "wait + L (½ log₂ priority − ¼ log₂ seconds + (wait / L)¹⁶), L the longest wait lately; EASY "
        "backfilling, large memory first",
    .group = group_of,
    .order = [](const WaitingJob& job, const Conditions&) { return job.submitted; },
    .key = virtual_wait,
    .gap_key = hardest_to_place,
    .blocked = Blocked::kReserve,
};

}  // namespace clipmill
