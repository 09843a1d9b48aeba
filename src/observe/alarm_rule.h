// Which alarms there are. A new one is a row of the table in alarm_rule.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "observe/sample.h"

namespace clipmill {

/// What is measured of one device, or of one class of jobs.
struct AlarmReading {
  std::string subject;
  double value = 0;
};

/// What advice is given by.
struct AlarmScene {
  const Sample& now;
  double load = 0;     ///< how much of its time a device was busy lately, 0 … 1
  double limit = 0;    ///< the alarm's
  std::string policy;  ///< in which order jobs start
};

struct AlarmRule {
  std::string_view name;
  bool above;     ///< it fires above its limit; otherwise below
  double limit;   ///< unless the user gives another
  double margin;  ///< so far within the limit it must be again to be over
  bool is_share;  ///< shown in percent
  /// Nothing of a subject that the rule says nothing about now.
  std::vector<AlarmReading> (*readings)(const Sample&);
  /// Which lever helps.
  std::string (*advice)(const AlarmScene&, const std::string& subject);
};

std::span<const AlarmRule> alarm_rules();

/// nullptr if none is called so.
const AlarmRule* find_alarm_rule(std::string_view name);

}  // namespace clipmill
