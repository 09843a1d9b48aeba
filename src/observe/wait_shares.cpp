#include "observe/wait_shares.h"

namespace clipmill {

std::array<std::optional<double>, kJobClasses.size()> WaitShares::at(double now,
                                                                     std::span<const JobTimes> waiting) {
  while (!ended_.empty() && ended_.front().at < now - window_) ended_.pop_front();
  std::array<double, kJobClasses.size()> waits{}, totals{};
  const auto count = [&](const JobTimes& job) {
    waits[static_cast<std::size_t>(job.kind)] += job.wait;
    totals[static_cast<std::size_t>(job.kind)] += job.wait + job.run;
  };
  for (const Ended& each : ended_) count(each.job);
  for (const JobTimes& job : waiting) count(job);
  std::array<std::optional<double>, kJobClasses.size()> shares{};
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (totals[i] > 0) shares[i] = waits[i] / totals[i];
  }
  return shares;
}

}  // namespace clipmill
