// Time as a parameter: whoever needs it is given a Clock.
#pragma once

#include <chrono>

namespace clipmill {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Seconds since an arbitrary start, never going back.
  virtual double now() const = 0;
};

class SystemClock : public Clock {
 public:
  double now() const override {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
};

/// Stands still until it is moved.
class VirtualClock : public Clock {
 public:
  double now() const override { return now_; }
  void advance(double seconds) { now_ += seconds; }

 private:
  double now_ = 0;
};

}  // namespace clipmill
