#include "observe/alarms.h"

namespace clipmill {
namespace {

double mean(const std::deque<std::pair<double, double>>& values) {
  double sum = 0;
  for (const auto& [time, value] : values) sum += value;
  return sum / static_cast<double>(values.size());
}

bool beyond(const AlarmRule& rule, double value, double limit) {
  return rule.above ? value > limit : value < limit;
}

}  // namespace

double Alarms::limit(const AlarmRule& rule) const {
  const auto found = settings_.limits.find(rule.name);
  return found == settings_.limits.end() ? rule.limit : found->second;
}

void Alarms::measure(const AlarmRule& rule, const AlarmReading& reading, double now) {
  const auto [found, first] = watched_.try_emplace({std::string(rule.name), reading.subject});
  Watched& watched = found->second;
  if (first) {
    watched.rule = &rule;
    watched.alarm = {std::string(rule.name), reading.subject, false, now, 0, limit(rule), ""};
  }
  const bool went_on = !watched.values.empty() && watched.values.back().first == looked_;
  if (!went_on && (watched.values.empty() || now - watched.values.back().first > settings_.window / 2))
    watched.measured_since = now;
  watched.values.emplace_back(now, reading.value);
}

bool Alarms::fires(const Watched& watched, double now) const {
  if (watched.values.empty()) return false;
  const AlarmRule& rule = *watched.rule;
  const Alarm& alarm = watched.alarm;
  if (alarm.firing) return beyond(rule, alarm.value, alarm.limit + (rule.above ? -rule.margin : rule.margin));
  const bool is_measured = watched.values.back().first == now;
  return is_measured && now - watched.measured_since >= settings_.window &&
         beyond(rule, alarm.value, alarm.limit);
}

std::vector<Alarm> Alarms::take(const Sample& sample, double load) {
  for (const AlarmRule& rule : alarm_rules()) {
    for (const AlarmReading& reading : rule.readings(sample)) measure(rule, reading, sample.time);
  }
  std::vector<Alarm> changed;
  for (auto& [key, watched] : watched_) {
    auto& [rule, alarm, since, values] = watched;
    while (!values.empty() && values.front().first < sample.time - settings_.window) values.pop_front();
    if (!values.empty()) alarm.value = mean(values);
    const bool was_firing = alarm.firing;
    alarm.firing = fires(watched, sample.time);
    alarm.advice =
        alarm.firing ? rule->advice({sample, load, alarm.limit, settings_.policy}, alarm.subject) : "";
    if (alarm.firing == was_firing) continue;
    alarm.since = sample.time;
    if (values.empty()) alarm.advice = "there is nothing to measure any more";
    changed.push_back(alarm);
  }
  looked_ = sample.time;
  return changed;
}

std::vector<Alarm> Alarms::all() const {
  std::vector<Alarm> alarms;
  for (const auto& [key, watched] : watched_) alarms.push_back(watched.alarm);
  return alarms;
}

}  // namespace clipmill
