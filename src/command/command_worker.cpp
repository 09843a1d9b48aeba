#include "command/command_worker.h"

#include <fmt/format.h>

#include <cstdio>
#include <thread>

#include "base/error.h"
#include "link/heartbeats.h"

namespace clipmill {
namespace {

JobFailed failure_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return {error.kind(), error.what(), error.hint()};
  } catch (const std::exception& error) {
    return {ErrorKind::kInternal, error.what(), ""};
  }
}

}  // namespace

CommandWorker::CommandWorker(std::string device, CommandSettings settings, const Clock& clock,
                             link::Connection& connection)
    : device_(std::move(device)),
      settings_(std::move(settings)),
      clock_(clock),
      connection_(connection),
      probe_(memory_probe_of(device_)),
      attempts_(1) {}

void CommandWorker::run() {
  send(link::Hello{link::kVersion, device_, "none", 1});
  const Heartbeats heartbeats(connection_, link::kHeartbeatSeconds, [this] {
    // A program's memory has no categories that we know of.
    return BytesByCategory{{0, 0, held_.load()}};
  });
  std::thread listener([this] { listen(); });
  while (const auto attempt = attempts_.pop()) run_attempt(*attempt);
  listener.join();
}

void CommandWorker::listen() {
  try {
    while (const auto text = connection_.receive()) obey(link::decode_to_worker(*text));
  } catch (const Error& error) {
    fmt::print(stderr, "clipmill-command: {}\n", error.what());
  }
  alone_ = true;
  attempts_.close();
}

void CommandWorker::obey(const link::ToWorker& message) {
  std::visit(Overloaded{
                 [&](const link::RunJob& run) { attempts_.push(run.attempt); },
                 [&](const link::Cancel& cancel) { cancelled_ = cancel.attempt; },
             },
             message);
}

void CommandWorker::run_attempt(const Attempt& attempt) {
  const auto tell = [&](EventPayload what) {
    send(Event{attempt.job, attempt.id, attempt.device, std::move(what), clock_.now()});
  };
  try {
    tell(make(attempt));
  } catch (...) {
    tell(failure_of(std::current_exception()));
  }
}

JobFinished CommandWorker::make(const Attempt& attempt) {
  if (attempt.spec.kind != JobKind::kCommand)
    throw Error(ErrorKind::kInternal, "this worker runs commands only");
  const auto report = [&](EventPayload what) {
    send(Event{attempt.job, attempt.id, attempt.device, std::move(what), clock_.now()});
  };
  const auto stopped = [&] { return cancelled_ == attempt.id; };
  const auto alone = [&] { return alone_.load(); };
  return run_command(attempt, {settings_, clock_, *probe_, report, stopped, alone, held_});
}

}  // namespace clipmill
