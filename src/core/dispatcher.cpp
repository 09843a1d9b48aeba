#include "core/dispatcher.h"

#include <algorithm>

#include "base/units.h"
#include "core/out_of_memory.h"
#include "core/verdict.h"

namespace clipmill {

namespace {

/// Between two looks at devices and estimates; and at what others hold, where nothing else can happen.
constexpr double kLookSeconds = 1;

/// So late an event is heard of at most.
constexpr double kMostDelay = 60;

const JobFailed kStopped{ErrorKind::kCancelled, "cancelled", ""};
const JobFailed kNoDecoder{ErrorKind::kDevice, "the device that would decode it is lost", ""};

}  // namespace

void Dispatcher::run(const std::function<bool()>& stopped) {
  while (true) {
    if (!paused_ && stopped()) pause();
    look_around();
    start_jobs();
    if (running() == 0 && (paused_ || !give_up_the_hopeless())) return give_back_all(kStopped);
    if (const auto event = runner_.next_event()) {
      handle(*event);
    } else {
      runner_.wait(running() > 0 ? kNever : kLookSeconds);
    }
  }
}

void Dispatcher::look_around() {
  if (looked_at_ >= 0 && clock_.now() < looked_at_ + kLookSeconds) return;
  looked_at_ = clock_.now();
  DeviceTable& devices = scheduler_.devices();
  const auto left = [&] {
    return std::pair(devices.most_left(Part::kWhole), devices.most_left(Part::kDecode));
  };
  const auto before = left();
  for (int device = 0; device < static_cast<int>(devices.specs().size()); ++device) {
    take_in(device);
    devices.set_foreign_bytes(device, runner_.foreign_bytes(devices.spec(device).name));
  }
  if (learned_ || left() != before) refresh();
}

/// A device is lost, or back. Where none is left to decode, clips are made whole, also those between their
/// parts.
void Dispatcher::take_in(int device) {
  DeviceTable& devices = scheduler_.devices();
  const bool available = runner_.available(devices.spec(device).name);
  if (available == devices.available(device)) return;
  devices.set_available(device, available);
  if (devices.decode_lanes() == 0) give_back_all(kNoDecoder);
  refresh();
}

void Dispatcher::refresh() {
  learned_ = false;
  const auto demand_of = [this](const WaitingJob& waiting) {
    const auto job = store_.find(waiting.id);
    if (!job) return waiting.demand;
    const bool decodes = waiting.demand.part == Part::kDecode;
    return demand(*job, decodes ? Part::kDecode : first_part(job->spec));
  };
  scheduler_.refresh(demand_of, clock_.now());
}

/// Nothing runs, and nothing starts. Whether some wait for what others hold of a device; those that no device
/// which is left could ever take fail.
bool Dispatcher::give_up_the_hopeless() {
  for (const WaitingJob& job : scheduler_.waiting_jobs()) {
    const DeviceSpec* largest = scheduler_.devices().largest(job.demand.part);
    if (!largest || largest->bytes < job.demand.bytes) fail(job.id, lack(job));
  }
  return !scheduler_.empty();
}

JobFailed Dispatcher::lack(const WaitingJob& job) const {
  if (const DeviceSpec* largest = scheduler_.devices().largest(job.demand.part)) {
    return {ErrorKind::kOutOfMemory,
            fmt::format("it needs {}, and the largest device has {}", format_bytes(job.demand.bytes),
                        format_bytes(largest->bytes)),
            "give it less, or a larger device"};
  }
  for (const DeviceSpec& device : scheduler_.devices().specs()) {
    if (!runner_.available(device.name)) return runner_.trouble(device.name);
  }
  return {ErrorKind::kDevice, "no device can take it", ""};
}

void Dispatcher::start_jobs() {
  if (paused_ && running_.empty()) runner_.rest();
  while (!paused_) {
    const auto start = scheduler_.next(clock_.now());
    if (!start) break;
    const std::string& device = scheduler_.devices().spec(start->device).name;
    Running& running = running_[start->job] = begin(*start, device);
    running.reserved = start->demand.bytes;
    runner_.start(running.attempt);
  }
  note_waits();
}

void Dispatcher::note_waits() {
  if (!store_.keeps_waits()) return;
  const DeviceTable& devices = scheduler_.devices();
  const Demand* first = scheduler_.first_demand(clock_.now());
  for (int device = 0; device < static_cast<int>(devices.specs().size()); ++device)
    store_.note_wait(devices.spec(device).name, devices.wait_of(device, first));
}

/// From its beginning, or with the part after the one that it has behind it.
Dispatcher::Running Dispatcher::begin(const Start& start, const std::string& device) {
  if (auto between = between_.extract(start.job)) {
    Attempt& attempt = between.mapped().attempt;
    attempt.device = device;
    attempt.part = start.demand.part;
    attempt.plan = start.demand.plan;
    return std::move(between.mapped());
  }
  Running running{store_.begin_attempt(start.job, device)};
  Attempt& attempt = running.attempt;
  attempt.part = start.demand.part;
  attempt.plan = start.demand.plan;
  if (keeps_state(attempt.spec)) attempt.state_file = states_ + "/" + std::to_string(start.job);
  const DeviceSpec reckoned_for{.name = device, .bytes = start.demand.within};
  sink_.on_event(
      {start.job, attempt.id, device,
       JobStarted{attempt.plan, estimates_.why(attempt.spec, attempt.plan, attempt.part, reckoned_for)}});
  return running;
}

bool Dispatcher::keeps_state(const JobSpec& spec) const {
  return spec.kind == JobKind::kClip && !states_.empty();
}

Part Dispatcher::first_part(const JobSpec& spec) const {
  return keeps_state(spec) && scheduler_.devices().decode_lanes() > 0 ? Part::kDenoise : Part::kWhole;
}

void Dispatcher::handle(const Event& event) {
  const auto found = running_.find(event.job);
  if (found == running_.end() || found->second.attempt.id != event.attempt) return;
  Running& running = found->second;
  std::visit(Overloaded{
                 [&](const StageStarted& stage) {
                   running.stage = stage.stage;
                   store_.begin_stage(event.attempt, stage.stage, event.device, when(event));
                   sink_.on_event(event);
                 },
                 [&](const StageFinished& stage) {
                   store_.record(event.attempt, stage, when(event));
                   learned_ |= estimates_.learn(running.attempt, stage);
                   sink_.on_event(event);
                 },
                 [&](const PlanChanged& change) {
                   learn(running, change);
                   sink_.on_event(event);
                 },
                 [&](const JobFinished& result) {
                   running.seconds += result.seconds;
                   if (running.attempt.part == Part::kDenoise) return go_on(event.job);
                   end(event, {result.output_bytes, running.seconds});
                 },
                 [&](const JobFailed& failure) { end(event, failure); },
                 [&](const auto&) { sink_.on_event(event); },
             },
             event.what);
}

/// Unix seconds. Several events may be heard of at once, some time after they happened; what is told of a
/// time that cannot be, by another machine's clock, happened now.
double Dispatcher::when(const Event& event) const {
  const double now = clock_.now();
  const bool told = event.at > 0 && event.at > now - kMostDelay && event.at <= now;
  return epoch_ + (told ? event.at : now);
}

/// It goes on under another plan.
void Dispatcher::learn(Running& running, const PlanChanged& change) {
  running.attempt.plan = change.from;
  learn_out_of_memory(running, change.stage);
  running.attempt.plan = change.to;
}

/// Those like it reserve more under that plan, or begin with another one.
void Dispatcher::learn_out_of_memory(const Running& running, Stage stage) {
  estimates_.learn_out_of_memory(running.attempt, stage, running.reserved);
  refresh();
}

/// Its latents are there. A stop that came meanwhile ends it here, where that costs nothing.
void Dispatcher::go_on(JobId job) {
  scheduler_.ended(job);
  Attempt& attempt = between_.insert(running_.extract(job)).position->second.attempt;
  attempt.part = Part::kDecode;
  const auto known = store_.find(job);
  const bool changed = known && known->state != JobState::kRunning;
  if (!known || changed || paused_ || known->held || cancelled_.contains(job))
    return give_back(job, kStopped);
  if (scheduler_.devices().decode_lanes() == 0) return give_back(job, kNoDecoder);
  const double now = clock_.now();
  scheduler_.go_on({.id = job, .submitted = now, .demand = demand(*known, Part::kDecode)});
}

void Dispatcher::give_back(JobId job, const JobFailed& why) {
  const Attempt attempt = between_.at(job).attempt;
  scheduler_.remove(job);
  end({job, attempt.id, attempt.device, {}}, why);
}

void Dispatcher::give_back_all(const JobFailed& why) {
  while (!between_.empty()) give_back(between_.begin()->first, why);
}

void Dispatcher::end(const Event& event, const JobFinished& result) {
  scheduler_.ended(event.job);
  store_.finish(event.attempt, result);
  conclude({event.job, event.attempt, event.device, result}, JobState::kDone);
}

void Dispatcher::end(const Event& event, const JobFailed& failure) {
  const auto device = scheduler_.ended(event.job);
  const bool workers_fault = failure.kind == ErrorKind::kWorker || failure.kind == ErrorKind::kDevice;
  if (device && workers_fault) take_in(*device);
  const JobState next = next_state(event.job, failure);
  store_.finish(event.attempt, failure, next);
  const bool retried = next == JobState::kWaiting && failure.kind != ErrorKind::kCancelled;
  conclude({event.job, event.attempt, event.device,
            retried ? EventPayload(JobRetried{failure}) : EventPayload(failure)},
           next);
}

/// An attempt has ended, and the store has the last word on what its job is now: its worker may have died
/// with its work done, or it was changed meanwhile, and waits to be made as it is now.
void Dispatcher::conclude(const Event& event, JobState expected) {
  forget(event.job);
  const auto job = store_.find(event.job);
  Event told = event;
  if (job && job->state == JobState::kDone) told.what = job->result;
  if (job && job->state == JobState::kWaiting && expected != JobState::kWaiting)
    told.what = JobRetried{{ErrorKind::kCancelled, "it was changed while it ran", ""}};
  if (job && job->state == JobState::kCancelled && expected != JobState::kCancelled)
    told.what = JobFailed{ErrorKind::kCancelled, "cancelled", ""};
  sink_.on_event(told);
  switch (job ? job->state : expected) {
    case JobState::kDone:
      return start_dependents(event.job);
    case JobState::kWaiting:
      return add(event.job);
    default:
      if (job) fail_dependents(*job);
  }
}

void Dispatcher::forget(JobId job) {
  running_.erase(job);
  between_.erase(job);
  cancelled_.erase(job);
}

JobState Dispatcher::next_state(JobId job, const JobFailed& failure) {
  if (cancelled_.contains(job)) return JobState::kCancelled;
  const auto known = store_.find(job);
  if (!known) return JobState::kFailed;
  if (failure.kind == ErrorKind::kOutOfMemory && helped_by_memory(*known)) return JobState::kWaiting;
  return verdict(*known, failure);
}

/// Whether more than what was reserved for it can be had; the estimates know of the failure then.
bool Dispatcher::helped_by_memory(const Job& job) {
  const auto found = running_.find(job.id);
  if (found == running_.end()) return false;
  const Running& running = found->second;
  const DeviceSpec* largest = scheduler_.devices().largest(running.attempt.part);
  if (!largest || !after_out_of_memory(running.reserved, largest->bytes)) return false;
  learn_out_of_memory(running, running.stage);
  return demand(job, running.attempt.part).bytes > running.reserved;
}

/// For the largest devices, or for smaller ones, too, where the plan that fits there takes longer, but on so
/// many more of them that more clips are made.
Demand Dispatcher::demand_of_sizes(const Job& job, Part part) {
  const std::vector<DeviceTable::Size> sizes = scheduler_.devices().sizes(part);
  if (sizes.empty()) return estimates_.demand(job, part, DeviceSpec());
  Demand best = estimates_.demand(job, part, *sizes.front().device);
  double most = sizes.front().count / best.seconds;
  for (const auto& [device, count] : std::span(sizes).subspan(1)) {
    const Demand demand = estimates_.demand(job, part, *device);
    if (!demand.fits || demand.guessed) break;
    if (count / demand.seconds > most) best = demand, most = count / demand.seconds;
  }
  return best;
}

/// Who killed a worker gets all that there is, so that it takes nobody along.
Demand Dispatcher::demand(const Job& job, Part part) {
  const DeviceTable& devices = scheduler_.devices();
  Demand demand = demand_of_sizes(job, part);
  demand.part = part;
  if (job.crashes > 0) demand.bytes = INT64_MAX, demand.guessed = true, demand.like = -1;
  if (demand.guessed) demand.bytes = std::min(demand.bytes, devices.most_left(part));
  return demand;
}

void Dispatcher::add(JobId job) {
  if (const auto known = store_.find(job)) add(*known);
}

void Dispatcher::add(const Job& job) {
  if (job.state != JobState::kWaiting) return;
  if (stop(job.id, false)) return;  // it runs as what it was before, and comes back when that has ended
  scheduler_.remove(job.id);
  bool ready = !job.held;
  for (const JobId id : job.needs) {
    const auto needed = store_.find(id);
    if (needed && is_over(needed->state) && needed->state != JobState::kDone)
      return fail(job.id, failure_of_need(*needed));
    ready &= needed && needed->state == JobState::kDone;
  }
  if (!ready) return;
  // The calendar may have been set back since: nobody comes from the future.
  const double submitted = std::min(job.submitted - epoch_, clock_.now());
  WaitingJob waiting{.id = job.id, .priority = job.spec.priority, .submitted = submitted};
  if (job.spec.deadline > 0) waiting.deadline = job.spec.deadline - epoch_;
  waiting.demand = demand(job, first_part(job.spec));
  scheduler_.add(waiting, clock_.now());
}

void Dispatcher::start_dependents(JobId job) {
  for (const JobId dependent : store_.dependents(job)) add(dependent);
}

/// Who needs a job that is not going to be done fails with it, and comes back with it.
void Dispatcher::fail_dependents(const Job& job) {
  for (const JobId id : store_.dependents(job.id)) {
    const auto dependent = store_.find(id);
    if (dependent && dependent->state == JobState::kWaiting) fail(id, failure_of_need(job));
  }
}

void Dispatcher::fail(JobId job, const JobFailed& why) {
  store_.fail(job, why);
  scheduler_.remove(job);
  sink_.on_event({job, 0, "", why});
  if (const auto failed = store_.find(job)) fail_dependents(*failed);
}

/// One that was changed while it runs waits already, to be made as it is now: it is over at once.
bool Dispatcher::cancel(JobId job) {
  const bool began = stop(job, true);
  auto known = store_.find(job);
  if (!known || known->state != JobState::kWaiting) return began;
  store_.set_state(job, JobState::kCancelled);
  scheduler_.remove(job);
  known->state = JobState::kCancelled;
  fail_dependents(*known);
  return true;
}

/// Whether it had begun.
bool Dispatcher::stop(JobId job, bool for_ever) {
  const auto running = running_.find(job);
  const bool between = between_.contains(job);
  if (running == running_.end() && !between) return false;
  if (for_ever) cancelled_.insert(job);
  if (between) {
    give_back(job, kStopped);
  } else {
    runner_.cancel(running->second.attempt);
  }
  return true;
}

void Dispatcher::hold(JobId job) {
  store_.set_held(job, true);
  scheduler_.remove(job);
  stop(job, false);
}

void Dispatcher::release(JobId job) {
  store_.set_held(job, false);
  add(job);
}

void Dispatcher::retry(JobId job) {
  const auto known = store_.find(job);
  if (!known || !is_over(known->state) || known->state == JobState::kDone) return;
  std::set<JobId> woken;
  wake(job, woken);
  add(job);
}

/// Those that failed because of it before it itself: after a crash in between they fail once more, and still
/// come back with it. `woken`: an older store may hold jobs that need each other in a circle.
void Dispatcher::wake(JobId job, std::set<JobId>& woken) {
  if (!woken.insert(job).second) return;
  for (const JobId id : store_.dependents(job)) {
    const auto dependent = store_.find(id);
    if (dependent && dependent->state == JobState::kFailed &&
        dependent->failure.kind == ErrorKind::kDependency)
      wake(id, woken);
  }
  store_.set_state(job, JobState::kWaiting);
}

void Dispatcher::pause() {
  paused_ = true;
  for (const auto& [job, running] : running_) runner_.cancel(running.attempt);
  give_back_all(kStopped);
}

}  // namespace clipmill
