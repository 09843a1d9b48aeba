// What is free over time while tasks are placed one by one.
#pragma once

#include <vector>

#include "schedule/resources.h"

namespace clipmill::schedule {

/// A step function of time, from 0 without end. The inner loop of every search: no allocation after the first
/// use.
class Profile {
 public:
  explicit Profile(Resources capacity = 0) { reset(capacity); }
  void reset(Resources capacity);

  /// Takes `need` for `length` > 0 from the earliest time at which it is free, and returns that time. `need`
  /// must fit the capacity.
  Time place(Resources need, Time length);
  /// Promises that nothing placed from now on needs less than `least` in either field: what is full stays
  /// behind.
  void skip_full(Resources least);

 private:
  struct Step {
    Time time;
    Resources free;  // until the next step's time
  };

  std::size_t first_fitting(Resources need, Time length, std::size_t& end) const;

  std::vector<Step> steps_;  // the last one has no end
  std::size_t open_ = 0;     // the first step at which something may still start
};

}  // namespace clipmill::schedule
