#include "core/dispatcher.h"

#include "core/policy.h"

namespace clipmill {

void Dispatcher::run(std::vector<Job> waiting) {
  waiting_ = std::move(waiting);
  while (true) {
    if (stopped_() && !cancelling_) {
      cancelling_ = true;
      runner_.cancel_all();
    }
    if (!cancelling_) fill_devices();
    if (running_ == 0) return;
    if (const auto event = runner_.next_event()) handle(*event);
  }
}

void Dispatcher::fill_devices() {
  for (const std::string& device : runner_.idle_devices()) {
    const auto next = pick_fifo(waiting_);
    if (!next) return;
    const Attempt attempt = store_.begin_attempt(waiting_[*next].id, device);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(*next));
    sink_.on_event({attempt.job, attempt.id, device, JobStarted{}});
    ++running_;
    runner_.start(attempt);
  }
}

void Dispatcher::handle(const Event& event) {
  std::visit(Overloaded{
                 [&](const StageFinished& stage) { store_.record(event.attempt, stage); },
                 [&](const JobFinished& result) {
                   --running_;
                   store_.finish(event.attempt, result);
                 },
                 [&](const JobFailed& failure) { finish(event, failure); },
                 [](const auto&) {},
             },
             event.what);
  sink_.on_event(event);
}

void Dispatcher::finish(const Event& event, const JobFailed& failure) {
  --running_;
  if (failure.kind == ErrorKind::kCancelled) {
    store_.give_back(event.attempt);
  } else {
    store_.finish(event.attempt, failure);
  }
}

}  // namespace clipmill
