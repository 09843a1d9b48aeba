#include "stages/worker.h"

#include <c10/core/GradMode.h>

#include <filesystem>
#include <thread>

namespace clipmill {
namespace {

/// Every way a job can go wrong, as a value. torch's own messages are long: their first line says it.
JobFailed failure_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return {error.kind(), error.what(), error.hint()};
  } catch (const c10::OutOfMemoryError& error) {
    return {ErrorKind::kOutOfMemory, error.what_without_backtrace(), "a smaller size or fewer frames need less memory"};
  } catch (const c10::Error& error) {
    return {ErrorKind::kInternal, error.what_without_backtrace(), ""};
  } catch (const std::bad_alloc&) {
    return {ErrorKind::kOutOfMemory, "out of host memory", "a smaller size or fewer frames need less memory"};
  } catch (const std::exception& error) {
    return {ErrorKind::kInternal, error.what(), ""};
  }
}

}  // namespace

void Worker::run() {
  std::thread listener([this] { listen(); });
  while (const auto attempt = attempts_.pop()) run_attempt(*attempt);
  listener.join();
}

void Worker::listen() {
  while (const auto text = connection_.receive()) {
    std::visit(Overloaded{
                   [&](const link::RunJob& message) {
                     stop_.clear();
                     attempts_.push(message.attempt);
                   },
                   [&](const link::Cancel&) { stop_.set(); },
               },
               link::decode_to_worker(*text));
  }
  // The main program is gone: nobody would take the result.
  stop_.set();
  attempts_.close();
}

void Worker::run_attempt(const Attempt& attempt) {
  const Report report = [&](EventPayload what) {
    connection_.send(link::encode(link::FromWorker(Event{attempt.job, attempt.id, attempt.device, std::move(what)})));
  };
  const double started = clock_.now();
  try {
    run_clip(attempt.spec, report);
    const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(attempt.spec.output));
    report(JobFinished{bytes, clock_.now() - started});
  } catch (...) {
    report(failure_of(std::current_exception()));
    device_.trim();
  }
}

void Worker::run_clip(const JobSpec& job, const Report& report) {
  const c10::NoGradGuard no_grad;
  ResidentModel& model = open_model(job, report);
  ClipJob(job, model, device_, settings_, clock_, report, stop_).run();
}

ResidentModel& Worker::open_model(const JobSpec& job, const Report& report) {
  if (!model_ || model_->path() != job.model || model_->precision() != job.clip.precision) {
    model_.reset();
    device_.trim();
    const StageTimer timer(Stage::kLoad, device_, clock_, report);
    model_.emplace(job.model, job.clip.precision, device_);
    timer.finish();
  }
  return *model_;
}

}  // namespace clipmill
