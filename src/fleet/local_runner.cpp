#include "fleet/local_runner.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"

namespace clipmill {
namespace {

/// One read empties an eventfd, and a self-pipe of fewer than 64 interrupts.
void drain_interrupt(int fd) {
  std::array<char, 64> ignored;
  [[maybe_unused]] const ssize_t size = ::read(fd, ignored.data(), ignored.size());
}

}  // namespace

LocalRunner::LocalRunner(const std::vector<std::string>& devices, WorkerCommand worker,
                         LocalRunnerOptions options)
    : worker_(std::move(worker)), options_(options) {
  for (const std::string& device : devices) {
    slots_.emplace_back(device, worker_, options_.show_output, events_);
  }
}

/// The last device is never given up: its attempts fail, and say why.
bool LocalRunner::available(const std::string& device) const {
  const bool none_left = std::ranges::all_of(slots_, &DeviceSlot::given_up);
  const auto slot = std::ranges::find(slots_, device, &DeviceSlot::device);
  return slot != slots_.end() && (none_left || !slot->given_up());
}

void LocalRunner::start(const Attempt& attempt) {
  const auto slot = std::ranges::find(slots_, attempt.device, &DeviceSlot::device);
  if (slot == slots_.end() || !slot->idle()) {
    throw Error(ErrorKind::kInternal, fmt::format("{} cannot take an attempt", attempt.device));
  }
  slot->start(attempt);
}

std::optional<Event> LocalRunner::next_event() {
  while (events_.empty()) {
    if (!wait()) return std::nullopt;
  }
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

/// Blocks until a worker did something, and takes it in. False on an interrupt.
bool LocalRunner::wait() {
  std::vector<pollfd> wanted = {{options_.interrupt_fd, POLLIN, 0}};
  for (DeviceSlot& slot : slots_) {
    WorkerProcess* worker = slot.worker();
    wanted.push_back({worker ? worker->connection().fd() : -1, POLLIN, 0});
    wanted.push_back({worker ? worker->output().fd() : -1, POLLIN, 0});
  }
  if (::poll(wanted.data(), wanted.size(), -1) < 0) {
    if (errno == EINTR) return false;  // a signal: whoever handles it may have set the stop flag
    throw io_error("cannot wait for workers", errno);
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (wanted[2 + 2 * i].revents != 0) slots_[i].worker()->output().drain();
    if (wanted[1 + 2 * i].revents != 0) slots_[i].receive();
  }
  if (wanted[0].revents == 0) return true;
  drain_interrupt(options_.interrupt_fd);
  return false;
}

void LocalRunner::cancel_all() {
  for (DeviceSlot& slot : slots_) slot.cancel();
}

}  // namespace clipmill
