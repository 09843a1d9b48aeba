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

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction before {
  }, action{};
  ::sigaction(signal, nullptr, &before);
  if (signal == SIGHUP && before.sa_handler == SIG_IGN) return;  // as nohup wants it
  action.sa_handler = handler;
  action.sa_flags = flags;
  ::sigaction(signal, &action, nullptr);
}

void handle_all(void (*handler)(int), int flags) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) handle(signal, handler, flags);
}

}  // namespace

Interrupt::Interrupt() {
  g_event_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_requested = false;
  handle_all(note, SA_RESETHAND);
}

Interrupt::~Interrupt() {
  handle_all(SIG_DFL, 0);
  ::close(g_event_fd.exchange(-1));
}

bool Interrupt::requested() const { return g_requested; }
int Interrupt::fd() const { return g_event_fd; }

}  // namespace clipmill
