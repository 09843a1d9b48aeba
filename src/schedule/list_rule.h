// Rules that order the tasks by a formula: a plan in well under a millisecond.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "schedule/plan.h"
#include "schedule/problem.h"

namespace clipmill::schedule {

/// Adding one is adding a row in list_rule.cpp.
struct ListRule {
  std::string_view name, formula;
  /// The largest first.
  double (*key)(const Task&, const Instance&);
  bool skips;  ///< whether tasks that fit start while the first one does not
};

/// The guide's as written: p / v, waiting for the first. With equal priorities, as an instance has none.
extern const ListRule kGuide;
/// The same, but whoever fits starts.
extern const ListRule kGuideSkipping;
/// p · max(v / V, 1 / m): what a task takes of the resource or of the machines, whichever is more.
extern const ListRule kLargestArea;
std::span<const ListRule* const> list_rules();

/// The tasks by falling key; of equal keys, the first in the instance first.
std::vector<int> order_by(const ListRule& rule, const Instance& instance);

/// Throws as `check` does. Its lower bound is that of `area_bound`.
Plan list_plan(const Instance& instance, const ListRule& rule);

}  // namespace clipmill::schedule
