#include "schedule/profile.h"

namespace clipmill::schedule {

void Profile::reset(Resources capacity) {
  steps_.assign({{0, capacity}, {INT64_MAX, capacity}});
  open_ = 0;
}

void Profile::skip_full(Resources least) {
  while (!fits(least, steps_[open_].free)) ++open_;
}

Time Profile::place(Resources need, Time length) {
  std::size_t end_step;
  const std::size_t step = first_fitting(need, length, end_step);
  const Time start = steps_[step].time, end = start + length;
  if (steps_[end_step].time != end) {
    steps_.insert(steps_.begin() + static_cast<std::ptrdiff_t>(end_step), {end, steps_[end_step - 1].free});
  }
  for (std::size_t i = step; i < end_step; ++i) steps_[i].free -= need;
  return start;
}

/// The step to start at; `end` is the first step that does not begin before the end.
std::size_t Profile::first_fitting(Resources need, Time length, std::size_t& end) const {
  for (std::size_t step = open_;; step = end) {
    while (!fits(need, steps_[step].free)) ++step;
    const Time until = steps_[step].time + length;
    end = step + 1;
    while (steps_[end].time < until && fits(need, steps_[end].free)) ++end;
    if (steps_[end].time >= until) return step;
  }
}

}  // namespace clipmill::schedule
