#include "stages/lane.h"

#include <ATen/Parallel.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>
#include <filesystem>

#include "core/job_fields.h"
#include "core/memory_ladder.h"
#include "link/messages.h"
#include "stages/cores.h"
#include "stages/job_failure.h"
#include "stages/thread_scope.h"
#include "vram/host_heap.h"
#include "vram/memory_owner.h"

namespace clipmill {
namespace {

/// The main program gives a lane one attempt at a time; this is far beyond, so that the link is never
/// blocked.
constexpr std::size_t kMostAttempts = 64;

/// What an attempt leaves when it is done.
const std::string& result_of(const Attempt& attempt) {
  return attempt.part == Part::kDenoise ? attempt.state_file : attempt.spec.output;
}

/// Nothing goes on from it any more.
void remove_state(const Attempt& attempt) {
  std::error_code ignored;
  if (attempt.part != Part::kDenoise && !attempt.state_file.empty())
    std::filesystem::remove(attempt.state_file, ignored);
}

/// Jobs that run the same code on the same shapes: each may leave what libraries keep once.
std::string kind_of(const Attempt& attempt) {
  const auto& [id, job, device, spec, part, state, plan] = attempt;
  const ClipSpec& clip = spec.clip;
  return fmt::format("{} {} {} {} {}x{}x{} {} {} {} {} {} {}", static_cast<int>(spec.kind), spec.model,
                     format_loras(spec.loras), format_loras(spec.loras_2), clip.width, clip.height,
                     clip.frames, clip.prompt.size(), clip.negative_prompt.size(), clip.guidance > 1,
                     to_string(clip.precision), to_string(plan), to_string(part));
}

/// The largest one by one, all others together.
void tell(const std::vector<Leak>& leaks, const Report& report) {
  constexpr std::size_t kTold = 16;
  const std::size_t told = std::min(kTold, leaks.size());
  for (std::size_t i = 0; i < told; ++i) report(LeakFound{leaks[i].bytes, place_of(leaks[i])});
  std::int64_t others = 0;
  for (std::size_t i = told; i < leaks.size(); ++i) others += leaks[i].bytes;
  if (others > 0) report(LeakFound{others, "at other places"});
}

/// Of the heap, without tensors that are there, too.
std::int64_t host_bytes_beside(const Device& device) {
  return host_heap_bytes() - (device.torch_device().is_cpu() ? device.memory().current : 0);
}

}  // namespace

Lane::Lane(Device& device, WorkerSettings settings, JobRunners runners, const Clock& clock,
           link::Connection& connection)
    : device_(device),
      settings_(std::move(settings)),
      runners_(std::move(runners)),
      clock_(clock),
      connection_(connection),
      attempts_(kMostAttempts),
      thread_([this] { work(); }) {}

Lane::~Lane() {
  attempts_.close();
  thread_.join();
}

void Lane::give(const Attempt& attempt) {
  {
    const std::lock_guard lock(stops_mutex_);
    stops_.try_emplace(attempt.id);
  }
  attempts_.push(attempt);
}

void Lane::cancel(AttemptId attempt) {
  const std::lock_guard lock(stops_mutex_);
  if (const auto stop = stops_.find(attempt); stop != stops_.end()) stop->second.set();
}

void Lane::close() {
  attempts_.close();
  const std::lock_guard lock(stops_mutex_);
  for (auto& [attempt, stop] : stops_) stop.set();
}

void Lane::work() {
  pin_this_thread(settings_.cores);
  const ThreadScope threads(settings_.threads);
  const c10::DeviceGuard device(device_.torch_device());
  while (const auto attempt = attempts_.pop()) run(*attempt);
  ended_ = true;
}

void Lane::run(const Attempt& attempt) {
  bool plan_changed = false;
  const Report report = [&](EventPayload what) {
    plan_changed |= std::holds_alternative<PlanChanged>(what);
    connection_.send(link::encode(
        link::FromWorker(Event{attempt.job, attempt.id, attempt.device, std::move(what), clock_.now()})));
  };
  const double started = clock_.now();
  const ShownJob shown(settings_.shown, attempt.job);
  const MemoryOwner owner(settings_.lane, attempt.spec.output);
  const LeakFinder finder(device_.ledger());
  ResidentBlocks kept;
  EventPayload end;
  try {
    stop_flag(attempt.id).limit(attempt.spec.time_limit_seconds, clock_);
    run_job(attempt, report, shown.was_alone(), kept);
    end = JobFinished{static_cast<std::int64_t>(std::filesystem::file_size(result_of(attempt))), 0};
  } catch (...) {
    end = failure_of(std::current_exception());
    device_.trim();
  }
  auto* const finished = std::get_if<JobFinished>(&end);
  const bool settled = known_jobs_.contains(kind_of(attempt)) && !plan_changed;
  look_for_leaks(finder.find(kept, /*of_nobody=*/shown.was_alone()), settled, report);
  if (finished) {
    known_jobs_.insert(kind_of(attempt));
    finished->seconds = clock_.now() - started;
  }
  report(end);
  if (finished) remove_state(attempt);
  const std::lock_guard lock(stops_mutex_);
  stops_.erase(attempt.id);
}

/// Enters what the job leaves on purpose.
void Lane::run_job(const Attempt& attempt, const Report& report, bool alone, ResidentBlocks& kept) {
  const auto runner = runners_.find(attempt.spec.kind);
  if (runner == runners_.end()) throw Error(ErrorKind::kInternal, "this lane cannot run such a job");
  runner->second(attempt.spec, {.device = device_,
                                .settings = settings_,
                                .clock = clock_,
                                .report = report,
                                .stop = stop_flag(attempt.id),
                                .part = attempt.part,
                                .state_file = attempt.state_file,
                                .plan = attempt.plan,
                                .kept = &kept,
                                .alone = alone});
}

/// Told before the job's end, after which nobody listens. Until libraries have `settled` on a kind of job,
/// what they keep for it may be among its intermediates.
void Lane::look_for_leaks(std::vector<Leak> leaks, bool settled, const Report& report) const {
  if (!settled)
    std::erase_if(leaks, [](const Leak& leak) { return leak.category == MemoryCategory::kIntermediate; });
  tell(leaks, report);
  report(MemorySampled{device_.memory().current, host_bytes_beside(device_)});
}

StopFlag& Lane::stop_flag(AttemptId attempt) {
  const std::lock_guard lock(stops_mutex_);
  return stops_.at(attempt);
}

}  // namespace clipmill
