#include "schedule/instance.h"

#include <cmath>

#include "base/error.h"

namespace clipmill::schedule {
namespace {

bool is_quantity(double x) { return std::isfinite(x) && x >= 0; }

}  // namespace

void check(const Instance& instance) {
  if (instance.machines < 1) throw input_error("there must be at least 1 machine, not {}", instance.machines);
  if (!is_quantity(instance.capacity)) throw input_error("a capacity of {}", instance.capacity);
  for (std::size_t j = 0; j < instance.tasks.size(); ++j) {
    const auto [time, demand] = instance.tasks[j];
    if (!is_quantity(time) || !is_quantity(demand)) {
      throw input_error("task {}: time {} and demand {} must be numbers of at least 0", j + 1, time, demand);
    }
    if (demand > instance.capacity) {
      throw Error(
          ErrorKind::kInput,
          fmt::format("task {} demands {}, more than the capacity of {}", j + 1, demand, instance.capacity),
          "give it more, or leave the task out");
    }
  }
}

}  // namespace clipmill::schedule
