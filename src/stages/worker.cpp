#include "stages/worker.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace clipmill {
namespace {

constexpr double kGraceSeconds = 5;

/// torch's own messages go on for lines; the first says it.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Every way a job can go wrong, as a value.
JobFailed failure_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return {error.kind(), error.what(), error.hint()};
  } catch (const c10::OutOfMemoryError& error) {
    return {ErrorKind::kOutOfMemory, first_line(error.what_without_backtrace()),
            "a smaller size or fewer frames need less memory"};
  } catch (const c10::Error& error) {
    return {ErrorKind::kInternal, first_line(error.what_without_backtrace()), ""};
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
  ended_ = true;
  listener.join();
}

void Worker::listen() {
  try {
    while (const auto text = connection_.receive()) obey(link::decode_to_worker(*text));
  } catch (const Error& error) {
    fmt::print(stderr, "clipmill-worker: {}\n", error.what());
  }
  // The main program is gone: nobody would take the result.
  stop_.set();
  attempts_.close();
  leave_in_time();
}

void Worker::obey(const link::ToWorker& message) {
  std::visit(Overloaded{
                 [&](const link::RunJob& run) {
                   stop_.clear();
                   attempts_.push(run.attempt);
                 },
                 [&](const link::Cancel&) { stop_.set(); },
             },
             message);
}

/// A step of a big model can take minutes, and the memory is wanted: half-written files are removed by the
/// next run.
void Worker::leave_in_time() const {
  const double deadline = clock_.now() + kGraceSeconds;
  while (!ended_ && clock_.now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  if (!ended_) std::_Exit(1);
}

void Worker::run_attempt(const Attempt& attempt) {
  const Report report = [&](EventPayload what) {
    connection_.send(
        link::encode(link::FromWorker(Event{attempt.job, attempt.id, attempt.device, std::move(what)})));
  };
  const double started = clock_.now();
  try {
    run_job(attempt.spec, report);
    const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(attempt.spec.output));
    report(JobFinished{bytes, clock_.now() - started});
  } catch (...) {
    report(failure_of(std::current_exception()));
    device_.trim();
  }
}

void Worker::run_job(const JobSpec& job, const Report& report) {
  const auto runner = runners_.find(job.kind);
  if (runner == runners_.end()) throw Error(ErrorKind::kInternal, "this worker cannot run such a job");
  runner->second(job, {device_, settings_, clock_, report, stop_});
}

}  // namespace clipmill
