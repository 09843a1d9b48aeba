#include "observe/board.h"

#include <algorithm>

#include "observe/job_name.h"

namespace clipmill {

Board::Board(std::span<const Job> jobs) {
  for (const Job& job : jobs) {
    if (job.state == JobState::kDone) continue;
    clips_[job.id] = job_name(job.spec);
  }
  total_ = static_cast<int>(clips_.size());
}

void Board::on_event(const Event& event, double now) {
  if (std::holds_alternative<JobStarted>(event.what)) {
    running_[event.job] = {event.device, {now, now, 0, 0, 0}, std::nullopt, std::nullopt};
    return;
  }
  const auto found = running_.find(event.job);
  if (found == running_.end()) {
    failed_ += event.attempt == 0 && std::holds_alternative<JobFailed>(event.what);  // it never ran
    return;
  }
  Running& running = found->second;
  running.device = event.device;
  std::visit(Overloaded{
                 [&](const StageStarted& what) { enter(running, what.stage, now); },
                 [&](const StageProgress& what) { advance(running, what, now); },
                 [&](const TrainingStep& what) {
                   enter(running, what.stage, now);
                   running.loss = what.loss;
                 },
                 [&](const JobFinished&) { end(event, now); },
                 [&](const JobFailed&) { end(event, now); },
                 [&](const JobRetried&) { running_.erase(event.job); },
                 [](const auto&) {},
             },
             event.what);
}

/// Of stages that overlap the latest one in order is shown, because it is the one that the clip waits for.
void Board::enter(Running& running, Stage stage, double now) {
  if (running.stage == stage) return;
  if (running.stage && *running.stage > stage && overlaps(*running.stage) && overlaps(stage)) return;
  running.stage = stage;
  running.loss.reset();
  running.position = {running.position.started, now, 0, 0, 0};
}

/// What was done before (a resumed training, or one that a measurement interrupted) says nothing about the
/// pace.
void Board::advance(Running& running, const StageProgress& progress, double now) {
  enter(running, progress.stage, now);
  if (running.stage != progress.stage) return;
  JobPosition& position = running.position;
  if (position.total == 0 && resumes(progress.stage)) {
    position.stage_started = now;
    position.from = progress.done;
  }
  position.done = progress.done;
  position.total = progress.total;
}

void Board::end(const Event& event, double now) {
  const auto* failure = std::get_if<JobFailed>(&event.what);
  if (!failure) {
    ++done_;
    done_seconds_ += now - running_.at(event.job).position.started;
  } else if (failure->kind == ErrorKind::kCancelled) {
    ++given_back_;
  } else {
    ++failed_;
  }
  running_.erase(event.job);
}

std::vector<DeviceProgress> Board::devices(double now) const {
  const auto mean = mean_job_seconds(now);
  std::vector<DeviceProgress> lines;
  for (const auto& [job, running] : running_) {
    lines.push_back({running.device, clip(job), running.stage, running.position.done, running.position.total,
                     job_seconds_left(running.position, mean, now), running.loss});
  }
  std::ranges::stable_sort(lines, {}, &DeviceProgress::device);
  return lines;
}

OverallProgress Board::overall(double now) const {
  std::optional<double> running_left;
  for (const DeviceProgress& device : devices(now)) {
    if (device.seconds_left) running_left = running_left.value_or(0) + *device.seconds_left;
  }
  const int at_work = static_cast<int>(running_.size());
  const int waiting = total_ - done_ - failed_ - given_back_ - at_work;
  return {done_, failed_, total_, all_seconds_left(running_left, waiting, mean_job_seconds(now), at_work)};
}

std::string Board::clip(JobId job) const {
  const auto found = clips_.find(job);
  return found == clips_.end() ? std::to_string(job) : found->second;
}

/// Of finished jobs; before the first one, of running jobs as far as their pace tells.
std::optional<double> Board::mean_job_seconds(double now) const {
  if (done_ > 0) return done_seconds_ / done_;
  double sum = 0;
  int count = 0;
  for (const auto& [job, running] : running_) {
    const auto left = job_seconds_left(running.position, std::nullopt, now);
    if (!left) continue;
    sum += now - running.position.started + *left;
    ++count;
  }
  return count > 0 ? std::optional(sum / count) : std::nullopt;
}

}  // namespace clipmill
