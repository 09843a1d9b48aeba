#include "observe/running_jobs.h"

#include <algorithm>

#include "observe/job_name.h"

namespace clipmill {

std::optional<EndedJob> RunningJobs::take(const Event& event, double now) {
  std::optional<EndedJob> ended;
  std::visit(Overloaded{
                 [&](const JobStarted&) { start(event, now); },
                 [&](const StageStarted& e) { show(event, e.stage, 0, 0); },
                 [&](const StageProgress& e) { show(event, e.stage, e.done, e.total); },
                 [&](const JobFinished&) { ended = end(event.job, now); },
                 [&](const JobFailed& e) {
                   ended = end(event.job, now);
                   if (e.kind == ErrorKind::kCancelled) ended.reset();
                 },
                 [&](const JobRetried&) { running_.erase(event.job); },
                 [](const auto&) {},
             },
             event.what);
  return ended;
}

void RunningJobs::start(const Event& event, double now) {
  Running running{event.device, {event.job, std::to_string(event.job)}, now, std::nullopt};
  if (const auto job = store_.find(event.job)) {
    running.shown.name = job_name(job->spec);
    running.shown.kind = class_of_job(job->spec.priority, job->spec.deadline > 0);
    running.wait = wait_of(*job, now);
  }
  running.shown.stage = "starting";
  running_[event.job] = std::move(running);
}

/// From its submission, or from the end of what it needs.
std::optional<double> RunningJobs::wait_of(const Job& job, double now) const {
  if (job.attempts > 1) return std::nullopt;
  double since = job.submitted;
  for (const JobId needed : job.needs) {
    const auto attempts = store_.attempts(needed);
    if (!attempts.empty()) since = std::max(since, attempts.back().ended);
  }
  return std::max(0.0, now - since);
}

std::optional<EndedJob> RunningJobs::end(JobId job, double now) {
  const auto running = running_.extract(job);
  if (!running) return std::nullopt;
  const Running& it = running.mapped();
  return EndedJob{{it.shown.kind, it.wait.value_or(0), std::max(0.0, now - it.started)}, it.wait.has_value()};
}

/// A clip's parts may run on two devices, one after the other.
void RunningJobs::show(const Event& event, Stage stage, int done, int total) {
  const auto running = running_.find(event.job);
  if (running == running_.end()) return;
  running->second.device = event.device;
  running->second.shown.stage = to_string(stage);
  running->second.shown.done = done;
  running->second.shown.total = total;
}

std::vector<DeviceJob> RunningJobs::on(const std::string& device) const {
  std::vector<DeviceJob> jobs;
  for (const auto& [id, running] : running_) {
    if (running.device == device) jobs.push_back(running.shown);
  }
  return jobs;
}

}  // namespace clipmill
