// How many of so many, and how sure that makes one.
#pragma once

namespace clipmill::shapes {

struct Interval {
  double low = 0, high = 1;
};

struct Proportion {
  int right = 0, count = 0;

  void add(bool is_right) {
    ++count;
    right += is_right ? 1 : 0;
  }
  /// 0..1; 0 where nothing was counted.
  double rate() const { return count > 0 ? static_cast<double>(right) / count : 0.0; }
  /// The Wilson score interval at 95 % confidence; 0..1 where nothing was counted. Unlike the normal
  /// approximation it says something at 0 and 1 too, and for few clips.
  Interval interval() const;
};

}  // namespace clipmill::shapes
