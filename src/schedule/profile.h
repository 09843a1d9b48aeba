// What is free over time while tasks are placed one by one.
#pragma once

#include <vector>

#include "schedule/resources.h"

namespace clipmill::schedule {

/// A step function of time, from 0 without end.
class Profile {
 public:
  explicit Profile(Resources capacity = 0) { reset(capacity); }
  void reset(Resources capacity);

  /// The earliest start, not before `from`, at which `need` is free for `length`. `need` must fit the capacity.
  Time earliest(Resources need, Time length, Time from = 0) const;
  /// Takes `need` from `start` for `length`; it must be free.
  void take(Time start, Time length, Resources need);
  /// Gives it back.
  void give(Time start, Time length, Resources need);
  /// What is free at `time`.
  Resources free_at(Time time) const { return steps_[step_at(time)].free; }

 private:
  struct Step {
    Time time;
    Resources free;  // until the next step's time
  };

  /// The last step that begins at or before `time`.
  std::size_t step_at(Time time) const;
  /// The step that begins at `time`, made by splitting where there is none.
  std::size_t split(std::size_t step, Time time);
  void join(std::size_t step);

  std::vector<Step> steps_;  // the last one has no end
};

}  // namespace clipmill::schedule
