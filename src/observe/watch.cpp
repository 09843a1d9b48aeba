#include "observe/watch.h"

#include <algorithm>

namespace clipmill {
namespace {

/// A service that has not looked around for so long hangs.
constexpr double kStandsStill = 30;

}  // namespace

Watch::Watch(Parts parts, WatchSettings settings)
    : parts_(std::move(parts)),
      settings_(std::move(settings)),
      running_(parts_.store, settings_.interactive_from),
      shares_(settings_.wait_window),
      alarms_(settings_.alarms) {}

void Watch::on_event(const Event& event) {
  metrics_.count(event);
  const double now = parts_.wall_time();
  if (const auto ended = running_.take(event, now)) {
    metrics_.ended(ended->times, ended->wait_is_known);
    if (ended->wait_is_known) shares_.ended(ended->times, now);
  }
}

void Watch::look() {
  const double now = parts_.clock.now();
  if (now < due_) return;
  due_ = now + settings_.sample_seconds;
  const Sample sample = this->sample();
  metrics_.show(sample);
  std::vector<Alarm> changed, all;
  {
    const std::lock_guard lock(mutex_);
    now_ = sample;
    looked_ = now;
    history_.add(sample);
    changed = alarms_.take(sample, history_.load(settings_.wait_window));
    all = alarms_.all();
  }
  for (const Alarm& alarm : all) metrics_.show(alarm);
  for (const Alarm& alarm : changed) parts_.told.on_alarm(alarm);
}

Sample Watch::sample() {
  Sample sample;
  sample.time = parts_.wall_time();
  sample.paused = parts_.paused();
  sample.counts = parts_.store.counts({});
  sample.startable = static_cast<int>(parts_.scheduler.waiting());
  for (const DeviceSpec& device : parts_.scheduler.devices().specs())
    sample.devices.push_back(
        {device.name, device.bytes, parts_.sensors.read(device.name), running_.on(device.name)});
  sample.waiting_share = shares_.at(sample.time, waiting());
  return sample;
}

std::vector<JobTimes> Watch::waiting() const {
  std::vector<JobTimes> all;
  for (const WaitingJob& job : parts_.scheduler.waiting_jobs()) {
    const double wait = std::max(0.0, parts_.clock.now() - job.submitted);
    all.push_back({running_.class_of_job(job.priority, job.deadline != kNever), wait, job.demand.seconds});
  }
  return all;
}

Health Watch::health() const {
  const std::lock_guard lock(mutex_);
  return {now_, alarms_.all()};
}

std::string Watch::unready() const {
  const std::lock_guard lock(mutex_);
  if (!looked_ || parts_.clock.now() - *looked_ > kStandsStill)
    return "it has not looked at its devices lately";
  for (const DeviceSample& device : now_.devices) {
    if (device.reading.trouble.empty()) return "";
  }
  return "no device works: " + (now_.devices.empty() ? "" : now_.devices.front().reading.trouble);
}

std::vector<std::string> Watch::devices() const {
  std::vector<std::string> names;
  for (const DeviceSpec& device : parts_.scheduler.devices().specs()) names.push_back(device.name);
  return names;
}

std::vector<HistoryPoint> Watch::history(double seconds) const {
  const std::lock_guard lock(mutex_);
  return history_.last(seconds);
}

}  // namespace clipmill
