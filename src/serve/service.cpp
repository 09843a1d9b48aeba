#include "serve/service.h"

#include <algorithm>

#include "core/room.h"

namespace clipmill {
namespace {

/// So often the queue is looked at though nothing happened: aging priorities, deadlines, returning devices.
constexpr double kTurnSeconds = 1;

}  // namespace

Service::Service(const Parts& parts, bool paused)
    : parts_(parts),
      dispatcher_(parts.store, parts.runner, *this, parts.scheduler, parts.estimates, parts.clock,
                  parts.states, parts.wall_time() - parts.clock.now()),
      doomed_(parts.doomed) {
  for (const JobId id : doomed_) {
    const auto job = parts_.store.find(id);
    if (job && !is_over(job->state)) parts_.store.set_state(id, JobState::kCancelled);
  }
  forget_doomed();
  for (const Job& job : parts_.store.jobs()) dispatcher_.add(job);
  if (paused) dispatcher_.pause();
}

void Service::run(const std::function<bool()>& stopped) {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (!ending_ && stopped()) {
        ending_ = true;
        dispatcher_.pause();
      }
      while (const auto event = parts_.runner.next_event()) dispatcher_.handle(*event);
      dispatcher_.look_around();
      dispatcher_.start_jobs();
      forget_doomed();
      parts_.chores();
      if (ending_ && dispatcher_.running() == 0) return;
    }
    parts_.runner.wait(kTurnSeconds);
  }
}

void Service::on_event(const Event& event) {
  std::visit(Overloaded{
                 [&](const JobStarted&) {
                   progress_[event.job] = {event.device, "starting"};
                 },
                 [&](const StageStarted& e) {
                   progress_[event.job] = {event.device, std::string(to_string(e.stage))};
                 },
                 [&](const StageProgress& e) {
                   progress_[event.job] = {event.device, std::string(to_string(e.stage)), e.done, e.total};
                 },
                 [&](const JobFinished&) { progress_.erase(event.job); },
                 [&](const JobFailed&) { progress_.erase(event.job); },
                 [&](const JobRetried&) { progress_.erase(event.job); },
                 [](const auto&) {},
             },
             event.what);
  parts_.observer.on_event(event);
}

std::vector<JobId> Service::submit(const std::vector<JobSpec>& specs) {
  std::vector<JobId> ids;
  {
    const std::lock_guard lock(mutex_);
    if (ending_) throw Error(ErrorKind::kCancelled, "the daemon is ending", "ask again when it is back");
    check_room(specs, parts_.scheduler.devices().specs(), parts_.estimates);
    for (const JobSpec& spec : specs) {
      const auto same = parts_.store.find_output(spec.output);
      if (same && is_gone(same->id))
        throw Error(ErrorKind::kInput, fmt::format("{} is being removed", spec.output),
                    "ask again in a moment");
    }
    ids = parts_.store.submit(specs);
    for (const JobId id : ids) {
      const Job job = known(id);
      dispatcher_.add(job);
      parts_.changed(id, to_string(job.state));
    }
  }
  parts_.wake();
  return ids;
}

Job Service::known(JobId id) const {
  if (auto job = parts_.store.find(id); job && !is_gone(id)) return *job;
  throw Error(ErrorKind::kInput, fmt::format("there is no job {}", id), "clipmill queue lists them");
}

/// To those who look on: no event tells what a client changed.
void Service::tell_change(JobId id) const {
  const auto job = parts_.store.find(id);
  parts_.changed(id, job && !is_gone(id) ? to_string(job->state) : "removed");
}

template <typename Change>
void Service::change(JobId job, const Change& change) {
  {
    const std::lock_guard lock(mutex_);
    change(known(job));
    tell_change(job);
  }
  parts_.wake();
}

void Service::cancel(JobId id) {
  change(id, [&](const Job& job) {
    if (!dispatcher_.cancel(id))
      throw input_error("job {} cannot be cancelled: it is {}", id, to_string(job.state));
  });
}

void Service::retry(JobId id) {
  change(id, [&](const Job& job) {
    if (!is_over(job.state) || job.state == JobState::kDone)
      throw input_error("job {} needs no retry: it is {}", id, to_string(job.state));
    dispatcher_.retry(id);
  });
}

void Service::remove(JobId id) {
  change(id, [&](const Job& job) {
    for (const JobId other : parts_.store.dependents(id)) {
      if (const auto found = parts_.store.find(other); found && !is_over(found->state))
        throw input_error("job {} cannot be removed: job {} needs it", id, other);
    }
    doomed_.insert(id);
    parts_.keep_doomed(doomed_);
    if (!is_over(job.state)) dispatcher_.cancel(id);
    forget_doomed();
  });
}

/// Those that have ended.
void Service::forget_doomed() {
  const auto forgotten = std::erase_if(doomed_, [&](JobId id) {
    const auto job = parts_.store.find(id);
    if (job && !is_over(job->state)) return false;
    if (job) {
      parts_.remove_outputs(job->spec);
      parts_.store.forget(id);
    }
    return true;
  });
  if (forgotten > 0) parts_.keep_doomed(doomed_);
}

void Service::hold(JobId id) {
  change(id, [&](const Job& job) {
    if (is_over(job.state)) throw input_error("job {} cannot be paused: it is {}", id, to_string(job.state));
    dispatcher_.hold(id);
  });
}

void Service::release(JobId id) {
  change(id, [&](const Job&) { dispatcher_.release(id); });
}

void Service::pause() {
  {
    const std::lock_guard lock(mutex_);
    dispatcher_.pause();
    parts_.keep_paused(true);
  }
  parts_.wake();
}

void Service::resume() {
  {
    const std::lock_guard lock(mutex_);
    dispatcher_.resume();
    parts_.keep_paused(false);
  }
  parts_.wake();
}

}  // namespace clipmill
