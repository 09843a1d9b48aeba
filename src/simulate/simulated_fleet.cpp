#include "simulate/simulated_fleet.h"

#include <utility>

namespace clipmill {

SimulatedFleet::SimulatedFleet(const Workload& workload, const std::vector<DeviceSpec>& devices,
                               double load_seconds, VirtualClock& clock)
    : workload_(workload), load_seconds_(load_seconds), clock_(clock) {
  for (const DeviceSpec& spec : devices) devices_.emplace(spec.name, Device{spec.speed, -1});
}

void SimulatedFleet::start(const Attempt& attempt) {
  const SimulatedJob& job = workload_.jobs[static_cast<std::size_t>(attempt.job)];
  Device& device = devices_.at(attempt.device);
  const double load = std::exchange(device.model, job.model) == job.model ? 0 : load_seconds_;
  const double seconds = load + job.seconds / device.speed;
  ends_.push({clock_.now() + seconds, attempt, seconds});
}

std::optional<Event> SimulatedFleet::next_event() {
  if (ends_.empty()) return std::nullopt;
  const End end = ends_.top();
  ends_.pop();
  clock_.advance(end.at - clock_.now());
  return Event{end.attempt.job, end.attempt.id, end.attempt.device, JobFinished{0, end.seconds}};
}

}  // namespace clipmill
