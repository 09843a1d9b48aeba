// In which order waiting jobs start. A policy is a row of pure functions; adding one is adding a file and its
// row in registry.cpp.
#pragma once

#include <span>
#include <string_view>

#include "core/demand.h"

namespace clipmill {

/// What a policy may look at beside the job.
struct Conditions {
  double now = 0;
  double aging_seconds = 600;  ///< τ: a wait of this length doubles the weight of policies that age
  double longest_wait = 0;     ///< L: of those who started lately
  std::int64_t bytes = 1;      ///< V: of the largest device
  int devices = 1;             ///< m
};

/// What happens to the others when the first of all does not fit anywhere.
enum class Blocked {
  kWait,     ///< nobody starts
  kSkip,     ///< whoever fits starts
  kReserve,  ///< EASY backfilling (Lifka 1995): it gets a reservation, and whoever does not delay it starts
};

struct Policy {
  std::string_view name;
  std::string_view formula;  ///< for people
  /// Jobs of one group never change their order among themselves: by `order`, the smallest first. There are
  /// few groups (some hundred at most), however many jobs.
  int (*group)(const WaitingJob&, const Conditions&);
  double (*order)(const WaitingJob&, const Conditions&);
  /// Of the first job of each group, the one with the largest key starts.
  double (*key)(const WaitingJob&, const Conditions&);
  /// By what those are chosen who go before the first while it waits for room; none: by `key`.
  double (*gap_key)(const WaitingJob&, const Conditions&) = nullptr;
  Blocked blocked = Blocked::kSkip;
};

/// All of them, the default of the daemon first.
std::span<const Policy* const> policies();
/// Throws Error(kInput) that names the nearest.
const Policy& find_policy(std::string_view name);

/// A priority as a factor: 1, 2, 3… as they are, 0 and less as 1/2, 1/3, …: no priority starves for ever.
double priority_factor(int priority);
/// max(v / V, 1 / m): of the machine, what a job takes while it runs, in memory or in devices, whichever is
/// more.
double machine_share(const WaitingJob& job, const Conditions& c);
/// Quantised logarithm, 8 steps an octave: weights that are within 9 % of each other are a group.
int weight_group(double weight);

extern const Policy kFair, kAging, kFifo, kWeighted, kMakespan, kCompletion, kDeadline;

}  // namespace clipmill
