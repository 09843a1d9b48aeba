// What stages take while no other clip runs anywhere.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/history.h"

namespace clipmill {

/// Learned from the stages of a history that ran to their end with none of another job beside them.
class SoloTimes {
 public:
  explicit SoloTimes(const History& history);

  /// Its own seconds where it ran alone itself, else the median of stages like it (model, shape, plan, kind
  /// of device) that did; empty: none did. Loads teach nothing: what they take depends on what the disk
  /// remembers.
  std::optional<double> seconds(const StageSpan& span) const;

 private:
  using Moment = std::tuple<AttemptId, Stage, double>;

  static Moment moment(const StageSpan& span) { return {span.attempt, span.stage, span.start}; }
  std::string key(const StageSpan& span) const;

  std::map<JobId, std::string> shapes_;
  std::map<std::string, std::vector<double>> seconds_;  // sorted
  std::set<Moment> alone_;
};

/// Of a sorted list that is not empty.
inline double median_of_sorted(const std::vector<double>& sorted) {
  return (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
}

}  // namespace clipmill
