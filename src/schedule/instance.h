// A closed batch on one device: tasks that share lanes and one renewable resource, such as VRAM. Known as
// P|res1|Cmax.
#pragma once

#include <vector>

namespace clipmill::schedule {

struct Task {
  double time = 0;    ///< p: how long it runs, without a break
  double demand = 0;  ///< v: how much of the resource it holds meanwhile
};

/// At any moment at most `machines` tasks run, and their demands add up to at most `capacity`.
struct Instance {
  int machines = 1;     ///< m
  double capacity = 0;  ///< V
  std::vector<Task> tasks;
};

/// Throws Error(kInput) naming the first task (counted from 1) that cannot run at all or is no number.
void check(const Instance& instance);

}  // namespace clipmill::schedule
