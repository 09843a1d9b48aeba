#include "observe/alarm_rule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/units.h"
#include "observe/queueing.h"

namespace clipmill {
namespace {

/// `value` of each device that has one.
template <typename Value>
std::vector<AlarmReading> of_devices(const Sample& sample, const Value& value) {
  std::vector<AlarmReading> readings;
  for (const DeviceSample& device : sample.devices) {
    if (const std::optional<double> read = value(device)) readings.push_back({device.name, *read});
  }
  return readings;
}

double part_of(std::int64_t bytes, std::int64_t all) {
  return all > 0 ? static_cast<double>(bytes) / static_cast<double>(all) : 0;
}

/// Of the card by everybody, or of what jobs may take by our own, whichever is fuller.
std::vector<AlarmReading> memory_in_use(const Sample& sample) {
  return of_devices(sample, [](const DeviceSample& device) -> std::optional<double> {
    const std::int64_t own = device.reading.held ? device.reading.held->total() : 0;
    return std::max(part_of(device.reading.used_bytes, device.reading.total_bytes),
                    part_of(own, device.budget_bytes));
  });
}

std::string memory_advice(const AlarmScene& scene, const std::string& subject) {
  const DeviceSample* device = scene.now.find(subject);
  const std::int64_t foreign = device ? device->reading.foreign_bytes : 0;
  const std::int64_t own = device && device->reading.held ? device->reading.held->total() : 0;
  if (foreign > own)
    return fmt::format("other programs hold {} of it: clipmill devices names them", format_bytes(foreign));
  return "another memory plan: a smaller memory_plan in the manifest, a smaller --vram, or fewer frames a "
         "clip leave room before a job runs out of it";
}

/// Where nothing waits, a device may well be idle between the jobs that somebody waits for.
std::vector<AlarmReading> use_while_there_is_work(const Sample& sample) {
  return of_devices(sample, [&](const DeviceSample& device) -> std::optional<double> {
    const bool work_waits = sample.startable > 0 && !sample.paused;
    if (!device.reading.trouble.empty() || (!work_waits && !device.runs_batch())) return std::nullopt;
    return device.reading.utilisation;
  });
}

std::string use_advice(const AlarmScene& scene, const std::string& subject) {
  const DeviceSample* device = scene.now.find(subject);
  if (!device || device->jobs.empty())
    return "another memory plan: nothing runs there though jobs wait. clipmill queue says what each waits "
           "for; "
           "a smaller memory_plan lets them in beside each other";
  const std::string& stage = device->jobs.front().stage;
  if (stage == "command")
    return "its program computes little: let it work on several clips at once, or give the device to others "
           "meanwhile";
  if (stage == "render" || stage == "encode_video" || stage == "decode")
    return fmt::format(
        "it is busy with {}: let clips be decoded beside the next one (--decode-threads, or a "
        "device=decode)",
        stage);
  return "a batch: several clips at once fill it better; clipmill batch tells how many fit";
}

std::vector<AlarmReading> waiting_of_interactive(const Sample& sample) {
  const auto& share = sample.waiting_share[static_cast<std::size_t>(JobClass::kInteractive)];
  if (!share || sample.paused) return {};
  return {{std::string(to_string(JobClass::kInteractive)), *share}};
}

std::string waiting_advice(const AlarmScene& scene, const std::string&) {
  const int devices = static_cast<int>(scene.now.devices.size());
  const double most = most_load(devices, scene.limit);
  if (scene.load > most)
    return fmt::format(
        "another device: {} busy for {:.0f} % of the time; for this limit {} may be busy for "
        "{:.0f} % on average, or the same work takes {}",
        devices == 1 ? "one device is" : fmt::format("{} devices are", devices), 100 * scene.load,
        devices == 1 ? "it" : "they", 100 * most, devices_needed(scene.load * devices, scene.limit));
  if (std::ranges::any_of(scene.now.devices, &DeviceSample::runs_batch))
    return fmt::format(
        "another policy: jobs of the batch class run while these wait (policy {}): give these "
        "a higher priority, or a deadline",
        scene.policy);
  return "the devices have time enough for them: clipmill queue says what each job waits for";
}

std::vector<AlarmReading> lost_devices(const Sample& sample) {
  return of_devices(sample, [](const DeviceSample& device) {
    return std::optional<double>(device.reading.trouble.empty() ? 0 : 1);
  });
}

std::string lost_advice(const AlarmScene& scene, const std::string& subject) {
  const DeviceSample* device = scene.now.find(subject);
  return fmt::format("{}; see clipmill doctor", device ? device->reading.trouble : "it is gone");
}

std::vector<AlarmReading> slowed_devices(const Sample& sample) {
  return of_devices(sample, [](const DeviceSample& device) -> std::optional<double> {
    if (!device.reading.temperature_celsius) return std::nullopt;  // it has no such sensors
    return static_cast<double>(device.reading.slowed_by.size());
  });
}

std::string slowed_advice(const AlarmScene& scene, const std::string& subject) {
  const DeviceSample* device = scene.now.find(subject);
  if (!device) return "look after its cooling and power";
  return fmt::format("slowed by {} at {:.0f} °C: look after its cooling and power",
                     fmt::join(device->reading.slowed_by, ", "),
                     device->reading.temperature_celsius.value_or(0));
}

std::vector<AlarmReading> memory_errors(const Sample& sample) {
  return of_devices(sample, [](const DeviceSample& device) -> std::optional<double> {
    if (!device.reading.memory_errors) return std::nullopt;
    return static_cast<double>(*device.reading.memory_errors);
  });
}

std::string errors_advice(const AlarmScene&, const std::string&) {
  return "its memory has errors that could not be corrected: reset the card when nothing runs, and replace "
         "it if they come back";
}

/// The first three are the guide's.
constexpr AlarmRule kAlarmRules[] = {
    {"device_memory", true, 0.90, 0.05, true, memory_in_use, memory_advice},
    {"device_utilisation", false, 0.70, 0.05, true, use_while_there_is_work, use_advice},
    {"waiting_share", true, 0.10, 0.02, true, waiting_of_interactive, waiting_advice},
    {"device_lost", true, 0.50, 0.25, false, lost_devices, lost_advice},
    {"device_slowed", true, 0.50, 0.25, false, slowed_devices, slowed_advice},
    {"device_memory_errors", true, 0.50, 0.25, false, memory_errors, errors_advice},
};

}  // namespace

std::span<const AlarmRule> alarm_rules() { return kAlarmRules; }

const AlarmRule* find_alarm_rule(std::string_view name) {
  const auto found = std::ranges::find(kAlarmRules, name, &AlarmRule::name);
  return found == std::end(kAlarmRules) ? nullptr : found;
}

}  // namespace clipmill
