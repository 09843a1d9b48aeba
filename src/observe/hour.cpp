#include "observe/hour.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace clipmill {
namespace {

using nlohmann::json;

void add_stages(Hour& hour, const History& history) {
  for (const StageSpan& span : history.stages) {
    if (span.outcome != "done" || span.end <= hour.window.start || span.end > hour.window.end) continue;
    add(hour.stages[static_cast<std::size_t>(span.stage)], {1, span.seconds, span.peak_bytes});
  }
}

void count_attempts(Hour& hour, const History& history) {
  for (const AttemptSpan& span : history.attempts) {
    if (span.end <= hour.window.start || span.end > hour.window.end) continue;
    ++hour.attempts;
    hour.done += span.outcome == "done";
  }
}

json device_json(const DeviceTime& time) {
  json parts = json::array();
  for (const auto& [name, seconds] : parts_of(time)) parts.push_back({{"name", name}, {"seconds", seconds}});
  return {{"name", time.device},
          {"seconds", time.total()},
          {"parts", parts},
          {"overlapped_seconds", time.overlapped},
          {"held_back_by_memory_seconds", time.held_back}};
}

json hour_stages_json(const StageAccounts& stages) {
  json list = json::array();
  for (const auto& [stage, name] : kStages) {
    const StageAccount& sum = stages[static_cast<std::size_t>(stage)];
    if (sum.count > 0)
      list.push_back(
          {{"stage", name}, {"count", sum.count}, {"seconds", sum.seconds}, {"peak_bytes", sum.peak_bytes}});
  }
  return list;
}

json speed_up_json(const SpeedUp& speed) {
  json factors = json::object();
  for (std::size_t i = 0; i < kFactors.size(); ++i)
    factors[std::string(kFactors[i])] = speed.factor(static_cast<Factor>(i));
  return {{"measured", speed.measured()},
          {"serial_seconds", speed.serial()},
          {"wall_seconds", speed.wall},
          {"busy_seconds", speed.busy},
          {"alone_seconds", speed.alone},
          {"alone_known_seconds", speed.known},
          {"loads", speed.loads},
          {"spared_loads", speed.spared_loads},
          {"spared_load_seconds", speed.spared},
          {"devices", speed.device_count},
          {"factors", factors}};
}

json formula_json(const Hour& hour) {
  const double measured = hour.speed_up.measured_of_one();
  json object = {{"text", "1/(1-alpha)*beta, for one device"},
                 {"alpha", hour.formula.alpha},
                 {"beta", hour.formula.beta},
                 {"predicted", hour.formula.predicted()},
                 {"measured_of_one_device", measured},
                 {"error", hour.formula.error(measured)}};
  const Residence& residence = hour.residence;
  if (residence.known()) {
    object.update({{"budget_bytes", residence.budget},
                   {"job_bytes", residence.with_levers},
                   {"job_bytes_without_levers", residence.without_levers},
                   {"jobs", residence.jobs_with()},
                   {"jobs_without_levers", residence.fits_without() ? residence.jobs_without() : 0}});
  }
  return object;
}

}  // namespace

std::vector<std::pair<std::string, double>> parts_of(const DeviceTime& time) {
  std::vector<std::pair<std::string, double>> parts;
  const auto add = [&](std::string_view name, double seconds) {
    if (seconds > 0) parts.emplace_back(name, seconds);
  };
  for (const auto& [stage, name] : kStages) add(name, time.stages[static_cast<std::size_t>(stage)]);
  for (std::size_t i = 0; i < kIdles.size(); ++i) add(kIdles[i], time.idle[i]);
  return parts;
}

std::string spaced_name(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

std::vector<std::string> part_names(const std::vector<DeviceTime>& devices) {
  DeviceTime all;
  for (const DeviceTime& time : devices) {
    for (std::size_t i = 0; i < all.stages.size(); ++i) all.stages[i] += time.stages[i];
    for (std::size_t i = 0; i < all.idle.size(); ++i) all.idle[i] += time.idle[i];
  }
  std::vector<std::string> names;
  for (const auto& [name, seconds] : parts_of(all)) names.push_back(name);
  return names;
}

Hour hour_of(const History& history, const Window& window, const Residence& residence) {
  Hour hour{window, device_times(history, window), {}, 0, 0, speed_up(history, window), residence, {}};
  hour.formula = guide_formula(hour.speed_up, residence);
  add_stages(hour, history);
  count_attempts(hour, history);
  return hour;
}

json to_json(const Hour& hour) {
  json devices = json::array();
  for (const DeviceTime& time : hour.devices) devices.push_back(device_json(time));
  return {{"since", hour.window.start},
          {"until", hour.window.end},
          {"seconds", hour.window.seconds()},
          {"attempts", {{"ended", hour.attempts}, {"done", hour.done}}},
          {"devices", devices},
          {"stages", hour_stages_json(hour.stages)},
          {"speed_up", speed_up_json(hour.speed_up)},
          {"formula", formula_json(hour)}};
}

}  // namespace clipmill
