#include "schedule/profile.h"

#include <algorithm>

namespace clipmill::schedule {

void Profile::reset(Resources capacity) { steps_.assign({{0, capacity}, {INT64_MAX, capacity}}); }

Time Profile::earliest(Resources need, Time length, Time from) const {
  const Step* step = &steps_[step_at(from)];
  Time start = from;
  while (true) {
    if (!fits(need, step->free)) {
      do ++step;
      while (!fits(need, step->free));
      start = step->time;
    }
    ++step;
    if (step->time - start >= length) return start;
  }
}

void Profile::take(Time start, Time length, Resources need) {
  if (length == 0) return;
  std::size_t i = split(step_at(start), start);
  const Time end = start + length;
  while (steps_[i + 1].time < end) steps_[i++].free -= need;
  split(i, end);
  steps_[i].free -= need;
}

void Profile::give(Time start, Time length, Resources need) {
  if (length == 0) return;
  const std::size_t first = step_at(start);
  std::size_t i = first;
  for (const Time end = start + length; steps_[i].time < end; ++i) steps_[i].free += need;
  join(i);
  join(first);
}

std::size_t Profile::step_at(Time time) const {
  std::size_t low = 0;
  for (std::size_t size = steps_.size() - 1; size > 1;) {
    const std::size_t half = size / 2;
    low = steps_[low + half].time <= time ? low + half : low;
    size -= half;
  }
  return low;
}

std::size_t Profile::split(std::size_t step, Time time) {
  if (steps_[step].time == time) return step;
  if (steps_[step + 1].time == time) return step + 1;
  steps_.insert(steps_.begin() + static_cast<std::ptrdiff_t>(step) + 1, {time, steps_[step].free});
  return step + 1;
}

void Profile::join(std::size_t step) {
  if (step > 0 && step + 1 < steps_.size() && steps_[step].free == steps_[step - 1].free) {
    steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(step));
  }
}

}  // namespace clipmill::schedule
