// Which alarms fire: means over a window against limits, with hysteresis. Pure: time comes with the samples.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "observe/alarm.h"
#include "observe/alarm_rule.h"

namespace clipmill {

struct AlarmSettings {
  double window = 60;                                   ///< seconds
  std::map<std::string, double, std::less<>> limits{};  ///< by alarm, where not the rule's
  std::string policy;                                   ///< for the advice
};

/// An alarm fires when the mean over a window, through which it was measured without a gap of half of one, is
/// beyond its limit. It is over when the mean is within
/// it by the rule's margin, or when nothing was measured for a window.
class Alarms {
 public:
  explicit Alarms(AlarmSettings settings) : settings_(std::move(settings)) {}

  /// Those that changed. `load` as in AlarmScene; samples come in the order of their times.
  std::vector<Alarm> take(const Sample& sample, double load);
  /// Of every subject that has been measured, firing or not.
  std::vector<Alarm> all() const;
  double limit(const AlarmRule& rule) const;

 private:
  struct Watched {
    const AlarmRule* rule = nullptr;
    Alarm alarm;
    double measured_since = 0;
    std::deque<std::pair<double, double>> values;  // of the window: time, value
  };

  void measure(const AlarmRule& rule, const AlarmReading& reading, double now);
  bool fires(const Watched& watched, double now) const;

  const AlarmSettings settings_;
  double looked_ = 0;  // when the last sample was taken
  std::map<std::pair<std::string, std::string>, Watched> watched_;  // by name and subject
};

}  // namespace clipmill
