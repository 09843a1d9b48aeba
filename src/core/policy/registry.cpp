#include <array>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "core/policy/policy.h"

namespace clipmill {

std::span<const Policy* const> policies() {
  static constexpr std::array kAll = {&kFair,     &kAging,      &kFifo,    &kWeighted,
                                      &kMakespan, &kCompletion, &kDeadline};
  return kAll;
}

const Policy& find_policy(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Policy* policy : policies()) {
    if (policy->name == name) return *policy;
    names.push_back(policy->name);
  }
  const std::string_view close = nearest(name, names);
  throw Error(ErrorKind::kInput, fmt::format("there is no policy \"{}\"", name),
              close.empty() ? "fair, aging, fifo, weighted, makespan, completion or deadline"
                            : fmt::format("did you mean \"{}\"?", close));
}

double priority_factor(int priority) { return priority >= 1 ? priority : 1.0 / (2 - priority); }

double machine_share(const WaitingJob& job, const Conditions& c) {
  return std::max(static_cast<double>(job.demand.bytes) / static_cast<double>(c.bytes), 1.0 / c.devices);
}

int weight_group(double weight) {
  return static_cast<int>(std::floor(8 * std::log2(std::max(weight, 1e-30))));
}

}  // namespace clipmill
