// What stages take while no other clip runs anywhere.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/history.h"

namespace clipmill {

/// Learned from the stages of a history that ran to their end with none of another job beside them.
class SoloTimes {
 public:
  explicit SoloTimes(const History& history);

  /// The median of stages like this one (model, shape, plan, kind of device); empty: none ran alone. Loads
  /// are nobody's: what they take depends on what the disk remembers.
  std::optional<double> seconds(const StageSpan& span) const;

 private:
  std::string key(const StageSpan& span) const;

  std::map<JobId, std::string> shapes_;
  std::map<std::string, std::vector<double>> seconds_;  // sorted
};

/// Of a sorted list that is not empty.
inline double median_of_sorted(const std::vector<double>& sorted) {
  return (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
}

}  // namespace clipmill
