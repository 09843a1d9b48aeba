#include "simulate/simulated_fleet.h"

#include <algorithm>
#include <cmath>

namespace clipmill {

SimulatedFleet::SimulatedFleet(const Workload& workload, const std::vector<DeviceSpec>& devices,
                               const FleetOptions& options, VirtualClock& clock)
    : workload_(workload),
      specs_(devices),
      options_(options),
      clock_(clock),
      outages_(options.outages, static_cast<int>(devices.size())) {
  for (int device = 0; device < static_cast<int>(devices.size()); ++device) {
    const DeviceSpec& spec = devices[static_cast<std::size_t>(device)];
    index_.emplace(spec.name, device);
    devices_.push_back({.speed = spec.speed});
    plan_outage(device);
  }
}

void SimulatedFleet::plan_outage(int device) {
  at(device).next = outages_.next(device, clock_.now());
  if (at(device).next.from < kNever) changes_.emplace(at(device).next.from, device);
}

double SimulatedFleet::saved_share(JobId job) const {
  const auto found = saved_.find(job);
  return found == saved_.end() ? 0 : found->second;
}

void SimulatedFleet::start(const Attempt& attempt) {
  const int number = index_.at(attempt.device);
  const SimulatedJob& job = workload_.jobs[static_cast<std::size_t>(attempt.job)];
  Device& device = at(number);
  const double load = std::exchange(device.model, job.model) == job.model ? 0 : options_.load_seconds;
  const double seconds = (1 - saved_share(attempt.job)) * job.seconds / device.speed;
  const double work_from = clock_.now() + load;
  device.running.push_back({attempt.id, attempt.job, work_from, seconds});
  ends_.push({work_from + seconds, attempt.job, attempt.id, number});
}

void SimulatedFleet::drop_stale_ends() {
  const auto stale = [&](const End& end) {
    return std::ranges::find(at(end.device).running, end.attempt, &Running::attempt) ==
           at(end.device).running.end();
  };
  while (!ends_.empty() && stale(ends_.top())) ends_.pop();
}

double SimulatedFleet::next_at() {
  if (!failures_.empty()) return clock_.now();
  drop_stale_ends();
  const double end = ends_.empty() ? kNever : ends_.top().at;
  return changes_.empty() ? end : std::min(end, changes_.top().first);
}

std::optional<Event> SimulatedFleet::next_event() {
  const double next = next_at();
  if (next == kNever) return std::nullopt;
  if (failures_.empty()) {
    clock_.advance(next - clock_.now());
    // A job that ends when its device is lost has ended.
    if (!ends_.empty() && ends_.top().at <= next) {
      const End end = ends_.top();
      ends_.pop();
      return finish(end);
    }
    const int device = changes_.top().second;
    changes_.pop();
    change(device);
  }
  if (failures_.empty()) return std::nullopt;
  const Event failure = failures_.front();
  failures_.pop_front();
  return failure;
}

Event SimulatedFleet::finish(const End& end) {
  std::vector<Running>& running = at(end.device).running;
  const auto ended = std::ranges::find(running, end.attempt, &Running::attempt);
  const double seconds = ended->seconds;
  running.erase(ended);
  return {end.job, end.attempt, specs_[static_cast<std::size_t>(end.device)].name, JobFinished{0, seconds}};
}

void SimulatedFleet::change(int number) {
  Device& device = at(number);
  if (device.available) return lose(number);
  device.available = true;
  back_.push_back(number);
  plan_outage(number);
}

void SimulatedFleet::lose(int number) {
  Device& device = at(number);
  device.available = false;
  device.model = -1;
  lost_.push_back(device.next);
  if (device.next.until < kNever) changes_.emplace(device.next.until, number);
  for (const Running& running : std::exchange(device.running, {})) {
    save(running, device.speed);
    failures_.push_back({running.job, running.attempt, specs_[static_cast<std::size_t>(number)].name,
                         JobFailed{ErrorKind::kWorker, "the device was lost", ""}});
  }
}

/// Up to the last whole checkpoint.
void SimulatedFleet::save(const Running& running, double speed) {
  const double share = options_.checkpoint_share;
  const double work = workload_.jobs[static_cast<std::size_t>(running.job)].seconds;
  if (share <= 0 || work <= 0) return;
  const double done =
      saved_share(running.job) + std::max(0.0, clock_.now() - running.work_from) * speed / work;
  saved_[running.job] = std::min(1.0, std::floor(done / share + 1e-9) * share);
}

}  // namespace clipmill
