#include "core/dispatcher.h"

namespace clipmill {

void Dispatcher::run(const std::function<bool()>& stopped) {
  bool cancelling = false;
  while (true) {
    if (!cancelling && stopped()) {
      cancelling = true;
      runner_.cancel_all();
    }
    if (!cancelling) start_jobs();
    if (running() == 0) return;
    if (const auto event = runner_.next_event()) handle(*event);
  }
}

void Dispatcher::start_jobs() {
  while (const auto start = scheduler_.next(clock_.now())) {
    const std::string& device = scheduler_.devices().specs()[static_cast<std::size_t>(start->device)].name;
    const Attempt attempt = store_.begin_attempt(start->job, device);
    sink_.on_event({attempt.job, attempt.id, device, JobStarted{}});
    runner_.start(attempt);
  }
}

void Dispatcher::handle(const Event& event) {
  std::visit(Overloaded{
                 [&](const StageFinished& stage) { store_.record(event.attempt, stage); },
                 [&](const JobFinished& result) { end(event, result); },
                 [&](const JobFailed& failure) { end(event, failure); },
                 [](const auto&) {},
             },
             event.what);
  sink_.on_event(event);
}

void Dispatcher::end(const Event& event, const JobFinished& result) {
  scheduler_.ended(event.job);
  store_.finish(event.attempt, result);
}

void Dispatcher::end(const Event& event, const JobFailed& failure) {
  const auto device = scheduler_.ended(event.job);
  if (device && failure.kind == ErrorKind::kWorker)
    scheduler_.devices().set_available(*device, runner_.available(event.device));
  if (failure.kind == ErrorKind::kCancelled) {
    store_.give_back(event.attempt);
  } else {
    store_.finish(event.attempt, failure);
  }
}

}  // namespace clipmill
