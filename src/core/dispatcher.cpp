#include "core/dispatcher.h"

#include <algorithm>

#include "core/verdict.h"

namespace clipmill {

void Dispatcher::run(const std::function<bool()>& stopped) {
  while (true) {
    if (!paused_ && stopped()) pause();
    start_jobs();
    if (running() == 0) return;
    if (const auto event = runner_.next_event()) {
      handle(*event);
    } else {
      runner_.wait(kNever);
    }
  }
}

void Dispatcher::start_jobs() {
  while (!paused_) {
    const auto start = scheduler_.next(clock_.now());
    if (!start) return;
    const std::string& device = scheduler_.devices().specs()[static_cast<std::size_t>(start->device)].name;
    const Attempt attempt = store_.begin_attempt(start->job, device);
    running_[attempt.job] = attempt;
    sink_.on_event({attempt.job, attempt.id, device, JobStarted{}});
    runner_.start(attempt);
  }
}

void Dispatcher::handle(const Event& event) {
  const auto found = running_.find(event.job);
  if (found == running_.end() || found->second.id != event.attempt) return;
  std::visit(Overloaded{
                 [&](const StageFinished& stage) {
                   store_.record(event.attempt, stage);
                   estimates_.learn(found->second, stage);
                   sink_.on_event(event);
                 },
                 [&](const JobFinished& result) { end(event, result); },
                 [&](const JobFailed& failure) { end(event, failure); },
                 [&](const auto&) { sink_.on_event(event); },
             },
             event.what);
}

void Dispatcher::end(const Event& event, const JobFinished& result) {
  scheduler_.ended(event.job);
  store_.finish(event.attempt, result);
  running_.erase(event.job);
  cancelled_.erase(event.job);
  sink_.on_event(event);
  start_dependents(event.job);
}

void Dispatcher::end(const Event& event, const JobFailed& failure) {
  const auto device = scheduler_.ended(event.job);
  const bool workers_fault = failure.kind == ErrorKind::kWorker || failure.kind == ErrorKind::kDevice;
  if (device && workers_fault) scheduler_.devices().set_available(*device, runner_.available(event.device));
  const JobState next = next_state(event.job, failure);
  store_.finish(event.attempt, failure, next);
  running_.erase(event.job);
  cancelled_.erase(event.job);
  const auto after = store_.find(event.job);
  if (after && after->state == JobState::kDone) {  // the worker died with its work done
    sink_.on_event({event.job, event.attempt, event.device, after->result});
    return start_dependents(event.job);
  }
  const bool again = next == JobState::kWaiting;
  sink_.on_event({event.job, event.attempt, event.device,
                  again && workers_fault ? EventPayload(JobRetried{failure}) : EventPayload(failure)});
  if (again) {
    add(event.job);
  } else {
    fail_dependents(event.job);
  }
}

JobState Dispatcher::next_state(JobId job, const JobFailed& failure) const {
  if (cancelled_.contains(job)) return JobState::kCancelled;
  const auto known = store_.find(job);
  return known ? verdict(*known, failure) : JobState::kFailed;
}

void Dispatcher::add(JobId job) {
  if (const auto known = store_.find(job)) add(*known, clock_.now());
}

void Dispatcher::add(const Job& job, double submitted) {
  if (job.state != JobState::kWaiting || job.held) return;
  const auto done = [&](JobId needed) {
    const auto known = store_.find(needed);
    return known && known->state == JobState::kDone;
  };
  if (!std::ranges::all_of(job.needs, done)) return;
  WaitingJob waiting{.id = job.id, .priority = job.spec.priority, .submitted = submitted};
  if (job.spec.deadline > 0) waiting.deadline = submitted + job.spec.deadline - job.submitted;
  waiting.demand = estimates_.demand(job);
  scheduler_.add(waiting, clock_.now());
}

void Dispatcher::start_dependents(JobId job) {
  for (const JobId dependent : store_.dependents(job)) add(dependent);
}

/// Who needs a job that is not going to be done fails with it, and comes back with it.
void Dispatcher::fail_dependents(JobId job) {
  const auto known = store_.find(job);
  for (const JobId id : store_.dependents(job)) {
    const auto dependent = store_.find(id);
    if (!known || !dependent || dependent->state != JobState::kWaiting) continue;
    scheduler_.remove(id);
    store_.set_state(id, JobState::kFailed);
    fail_dependents(id);
  }
}

bool Dispatcher::cancel(JobId job) {
  const auto running = running_.find(job);
  if (running != running_.end()) {
    cancelled_.insert(job);
    runner_.cancel(running->second);
    return true;
  }
  const auto known = store_.find(job);
  if (!known || is_over(known->state)) return false;
  scheduler_.remove(job);
  store_.set_state(job, JobState::kCancelled);
  fail_dependents(job);
  return true;
}

void Dispatcher::hold(JobId job) {
  store_.set_held(job, true);
  scheduler_.remove(job);
  const auto running = running_.find(job);
  if (running != running_.end()) runner_.cancel(running->second);
}

void Dispatcher::release(JobId job) {
  store_.set_held(job, false);
  add(job);
}

void Dispatcher::retry(JobId job) {
  const auto known = store_.find(job);
  if (!known || !is_over(known->state) || known->state == JobState::kDone) return;
  store_.set_state(job, JobState::kWaiting);
  add(job);
  for (const JobId dependent : store_.dependents(job)) {
    const auto other = store_.find(dependent);
    if (other && other->attempts == 0) retry(dependent);
  }
}

void Dispatcher::pause() {
  paused_ = true;
  for (const auto& [job, attempt] : running_) runner_.cancel(attempt);
}

}  // namespace clipmill
