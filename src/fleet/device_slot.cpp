#include "fleet/device_slot.h"

#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/process.h"

namespace clipmill {
namespace {

constexpr std::size_t kEvidenceLines = 4;

/// A worker loads libraries of gigabytes before it says a word.
constexpr double kStartSeconds = 120;

/// Before a device that was given up is tried again: from the first pause to the longest.
constexpr double kFirstPause = 10, kLongestPause = 600;

/// What a worker printed last, as the end of a message: ": a / b".
std::string evidence(const OutputTail& output) {
  std::string lines = output.last_lines(kEvidenceLines);
  if (lines.empty()) return "";
  for (std::size_t at = 0; (at = lines.find('\n', at)) != std::string::npos; at += 3)
    lines.replace(at, 1, " / ");
  return "; it printed: " + lines;
}

std::string hint_for(int status, bool ready) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
    return "the system may have run out of memory (see dmesg); run again to retry";
  }
  return ready ? "run again to retry, with --verbose to see what the worker prints" : "see clipmill doctor";
}

}  // namespace

DeviceSlot::DeviceSlot(std::string device, const WorkerCommand& command, const Clock& clock,
                       SlotOptions options, std::deque<Event>& events)
    : device_(std::move(device)),
      command_(command),
      clock_(clock),
      options_(options),
      events_(events),
      leaks_(command.of(device_).most_leaked) {}

bool DeviceSlot::busy(Part part) const {
  return std::ranges::any_of(running_, [&](const Attempt& attempt) {
    return (attempt.part == Part::kDecode) == (part == Part::kDecode);
  });
}

void DeviceSlot::start(const Attempt& attempt) {
  running_.push_back(attempt);
  if (refused_) return break_off({ErrorKind::kInput, last_failure_.message, last_failure_.hint});
  if (given_up()) return break_off(trouble());
  waiting_.push_back(attempt.id);
  if (!leaks_.too_much() || all_wait()) give_waiting();
}

/// To the worker, or where it left too much behind, to another one.
void DeviceSlot::give_waiting() {
  if (leaks_.too_much()) worker_.reset();
  try {
    if (!worker_) {
      ready_ = false;
      leaks_ = LeakAccount(command_.of(device_).most_leaked);
      worker_ = std::make_unique<WorkerProcess>(command_, device_, options_.show_output);
      heard_ = clock_.now();
    }
  } catch (const Error& error) {
    return break_off({ErrorKind::kDevice, error.what(), error.hint()});
  }
  // A worker that is already gone is noticed by receive(), which knows how it went.
  for (const Attempt& attempt : running_) {
    if (is_waiting(attempt.id))
      worker_->connection().send(link::encode(link::ToWorker(link::RunJob{attempt})));
  }
  waiting_.clear();
}

bool DeviceSlot::is_waiting(AttemptId attempt) const { return std::ranges::count(waiting_, attempt) > 0; }

/// An attempt is over, or never began.
void DeviceSlot::remove(AttemptId attempt) {
  std::erase_if(running_, [=](const Attempt& each) { return each.id == attempt; });
  std::erase(waiting_, attempt);
  if (!waiting_.empty() && all_wait()) give_waiting();
}

JobFailed DeviceSlot::trouble() const {
  return {ErrorKind::kDevice,
          fmt::format("{} is given up after {} workers in a row that did not get ready: {}", device_,
                      failed_starts_, last_failure_.message),
          last_failure_.hint};
}

void DeviceSlot::cancel(AttemptId attempt) {
  if (is_waiting(attempt)) {
    const auto found = std::ranges::find(running_, attempt, &Attempt::id);
    events_.push_back({found->job, attempt, device_, JobFailed{ErrorKind::kCancelled, "cancelled", ""}});
    return remove(attempt);
  }
  if (worker_ && std::ranges::count(running_, attempt, &Attempt::id) > 0)
    worker_->connection().send(link::encode(link::ToWorker(link::Cancel{attempt})));
}

void DeviceSlot::rest() {
  if (!idle()) return;
  worker_.reset();
  held_.reset();
}

void DeviceSlot::receive() {
  try {
    const auto text = worker_->connection().receive();
    if (!text) return worker_is_gone();
    heard_ = clock_.now();
    std::visit([this](const auto& message) { handle(message); }, link::decode_from_worker(*text));
  } catch (const Error& error) {
    break_off({ErrorKind::kWorker,
               fmt::format("the worker on {} broke the protocol: {}", device_, error.what()),
               "clipmill and clipmill-worker must come from one build"});
  }
}

void DeviceSlot::handle(const link::Hello& hello) {
  if (hello.version != link::kVersion) {
    throw Error(ErrorKind::kWorker, fmt::format("it speaks version {} of the link, this program version {}",
                                                hello.version, link::kVersion));
  }
  ready_ = true;
  threads_ = hello.threads;
  failed_starts_ = 0;
}

/// The attempt may go on elsewhere; the next one that is sent here has nowhere else to go.
void DeviceSlot::handle(const link::Refusal& refusal) {
  refused_ = true;
  failed_starts_ = kStarts;
  last_failure_ = {ErrorKind::kDevice, refusal.message, refusal.hint};
  break_off(last_failure_);
}

void DeviceSlot::handle(const link::Heartbeat& heartbeat) { held_ = heartbeat.held; }

void DeviceSlot::handle(Event event) {
  if (!ready_) throw Error(ErrorKind::kWorker, "an event before its hello");
  const auto running = std::ranges::find(running_, event.attempt, &Attempt::id);
  if (running == running_.end()) return;  // of an attempt that is over
  event.job = running->job;
  event.device = device_;
  const bool over =
      std::holds_alternative<JobFinished>(event.what) || std::holds_alternative<JobFailed>(event.what);
  if (const auto* leak = std::get_if<LeakFound>(&event.what)) leaks_.add(*leak);
  if (const auto* sample = std::get_if<MemorySampled>(&event.what)) leaks_.add(*sample);
  const AttemptId attempt = event.attempt;
  events_.push_back(std::move(event));
  if (over) remove(attempt);
}

void DeviceSlot::worker_is_gone() {
  worker_->hang_up();
  const int status = worker_->wait_for_end();
  const ErrorKind kind = ready_ ? ErrorKind::kWorker : ErrorKind::kDevice;
  const std::string how = ready_ ? "died" : "died before it was ready";
  if (worker_->killed()) {
    return break_off(
        {kind, fmt::format("the worker on {} hung up and had to be killed", device_), "run again to retry"});
  }
  break_off({kind,
             fmt::format("the worker on {} {}: {}{}", device_, how, describe_wait_status(status),
                         evidence(worker_->output())),
             hint_for(status, ready_)});
}

void DeviceSlot::check_alive() {
  if (!worker_ || options_.silence_seconds <= 0 || clock_.now() < heard_ + options_.silence_seconds) return;
  if (!ready_ && clock_.now() < heard_ + kStartSeconds) return;
  worker_->hang_up();
  worker_->wait_for_end(0);
  break_off({ready_ ? ErrorKind::kWorker : ErrorKind::kDevice,
             fmt::format("the worker on {} was silent for {:.0f} s and was killed{}", device_,
                         clock_.now() - heard_, evidence(worker_->output())),
             "it hung, or the machine is overloaded; see clipmill doctor"});
}

void DeviceSlot::break_off(const JobFailed& why) {
  if (!ready_ && !given_up()) {
    const int pauses = std::max(0, ++failed_starts_ - kStarts);
    retry_at_ = clock_.now() + std::min(std::ldexp(kFirstPause, std::min(pauses, 16)), kLongestPause);
    last_failure_ = why;
  }
  worker_.reset();
  held_.reset();
  waiting_.clear();
  for (const Attempt& attempt : std::exchange(running_, {}))
    events_.push_back({attempt.job, attempt.id, device_, why});
}

}  // namespace clipmill
