#include "fleet/local_runner.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "base/error.h"
#include "base/process_tree.h"

namespace clipmill {
namespace {

/// One read empties an eventfd, and a self-pipe of fewer than 64 interrupts.
void drain_interrupt(int fd) {
  std::array<char, 64> ignored;
  [[maybe_unused]] const ssize_t size = ::read(fd, ignored.data(), ignored.size());
}

}  // namespace

LocalRunner::LocalRunner(const std::vector<std::string>& devices, WorkerCommands workers, const Clock& clock,
                         LocalRunnerOptions options)
    : workers_(std::move(workers)), options_(std::move(options)) {
  const SlotOptions slot{options_.show_output, options_.silence_seconds};
  for (const std::string& device : devices) {
    for (const WorkerCommand* worker : {&workers_.engine, &workers_.command})
      slots_.emplace_back(device, *worker, clock, slot, events_);
    unsigned gpu = 0;
    if (std::sscanf(device.c_str(), "cuda:%u", &gpu) == 1)
      foreign_.emplace(device, ForeignMemory(nvml_, gpu));
  }
}

/// slots_.size() if there is no such device.
std::size_t LocalRunner::first_slot(const std::string& device) const {
  return static_cast<std::size_t>(std::ranges::find(slots_, device, &DeviceSlot::device) - slots_.begin());
}

/// For both programs at once: what keeps one of them from starting mostly is the machine's.
bool LocalRunner::available(const std::string& device) const {
  const std::size_t first = first_slot(device);
  return first < slots_.size() && !slots_[first].given_up() && !slots_[first + 1].given_up();
}

JobFailed LocalRunner::trouble(const std::string& device) const {
  const std::size_t first = first_slot(device);
  return slots_[first].given_up() ? slots_[first].trouble() : slots_[first + 1].trouble();
}

std::int64_t LocalRunner::foreign_bytes(const std::string& device) {
  const auto foreign = foreign_.find(device);
  return foreign == foreign_.end() ? 0 : foreign->second.bytes(workers(device).processes);
}

/// A program of the user's is below its worker.
void LocalRunner::add_family(std::vector<pid_t>& processes, pid_t worker) {
  processes.push_back(worker);
  for (const pid_t below : descendants(worker)) processes.push_back(below);
}

DeviceWorkers LocalRunner::workers(const std::string& device) {
  DeviceWorkers all;
  for (DeviceSlot& slot : slots_) {
    if (slot.device() != device || !slot.worker()) continue;
    add_family(all.processes, slot.worker()->pid());
    all.threads = std::max(all.threads, slot.threads());
    if (!slot.held()) continue;
    if (!all.held) all.held.emplace();
    for (std::size_t i = 0; i < kMemoryCategories.size(); ++i) all.held->bytes[i] += slot.held()->bytes[i];
  }
  return all;
}

void LocalRunner::start(const Attempt& attempt) {
  const std::size_t first = first_slot(attempt.device);
  const std::size_t command = attempt.spec.kind == JobKind::kCommand ? 1 : 0;
  if (first == slots_.size() || slots_[first + command].busy(attempt.part)) {
    throw Error(ErrorKind::kInternal, fmt::format("{} cannot take an attempt", attempt.device));
  }
  slots_[first + 1 - command].rest();
  slots_[first + command].start(attempt);
}

std::optional<Event> LocalRunner::next_event() {
  if (events_.empty()) take_in();
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::vector<pollfd> LocalRunner::wanted() {
  std::vector<pollfd> wanted = {{options_.interrupt_fd, POLLIN, 0}};
  for (DeviceSlot& slot : slots_) {
    WorkerProcess* worker = slot.worker();
    wanted.push_back({worker ? worker->connection().fd() : -1, POLLIN, 0});
    wanted.push_back({worker ? worker->output().fd() : -1, POLLIN, 0});
  }
  return wanted;
}

void LocalRunner::take_in() {
  std::vector<pollfd> ready = wanted();
  if (::poll(ready.data(), ready.size(), 0) < 0) return;
  if (ready[0].revents != 0) drain_interrupt(options_.interrupt_fd);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (ready[2 + 2 * i].revents != 0) slots_[i].worker()->output().drain();
    if (ready[1 + 2 * i].revents != 0) slots_[i].receive();
    slots_[i].check_alive();
  }
}

void LocalRunner::wait(double seconds) {
  if (!events_.empty()) return;
  std::vector<pollfd> any = wanted();
  const double limit = options_.silence_seconds > 0 ? options_.silence_seconds / 4 : kNever;
  const double most = std::min({seconds, limit, 3600.0});
  if (::poll(any.data(), any.size(), static_cast<int>(most * 1000)) >= 0) return;
  // A signal: whoever handles it may have set the stop flag.
  if (errno != EINTR) throw io_error("cannot wait for workers", errno);
}

void LocalRunner::cancel(const Attempt& attempt) {
  for (DeviceSlot& slot : slots_) slot.cancel(attempt.id);
}

void LocalRunner::rest() {
  for (DeviceSlot& slot : slots_) slot.rest();
}

}  // namespace clipmill
