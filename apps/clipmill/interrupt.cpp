#include "clipmill/interrupt.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace clipmill {
namespace {

// A signal handler has nothing but globals to write to.
std::atomic<int> g_event_fd{-1};
std::atomic<bool> g_requested{false};

void note(int) {
  g_requested = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(g_event_fd, &one, sizeof one);
}

void handle(void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

Interrupt::Interrupt() {
  g_event_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_requested = false;
  handle(note, SA_RESETHAND);
}

Interrupt::~Interrupt() {
  handle(SIG_DFL, 0);
  ::close(g_event_fd.exchange(-1));
}

bool Interrupt::requested() const { return g_requested; }
int Interrupt::fd() const { return g_event_fd; }

}  // namespace clipmill
