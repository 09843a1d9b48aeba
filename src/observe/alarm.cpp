#include "observe/alarm.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "observe/alarm_rule.h"

namespace clipmill {
namespace {

std::string shown(const AlarmRule* rule, double value) {
  return rule && rule->is_share ? fmt::format("{:.0f} %", 100 * value) : fmt::format("{:g}", value);
}

}  // namespace

nlohmann::json to_json(const Alarm& alarm) {
  return {{"name", alarm.name},    {"subject", alarm.subject}, {"state", alarm.firing ? "firing" : "ok"},
          {"since", alarm.since},  {"value", alarm.value},     {"limit", alarm.limit},
          {"advice", alarm.advice}};
}

std::string to_text(const Alarm& alarm) {
  const AlarmRule* rule = find_alarm_rule(alarm.name);
  const std::string text =
      fmt::format("{} of {} {}: {}, the limit is {}", alarm.name, alarm.subject,
                  alarm.firing ? "fires" : "is over", shown(rule, alarm.value), shown(rule, alarm.limit));
  return alarm.firing ? text + "; " + alarm.advice : text;
}

}  // namespace clipmill
