#include "fleet/output_tail.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/process.h"

namespace clipmill {
namespace {

constexpr std::size_t kKept = 4096;

}  // namespace

OutputTail::OutputTail(int fd, bool show) : fd_(fd), show_(show) {
  ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
}

OutputTail::~OutputTail() { close(); }

void OutputTail::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void OutputTail::drain() {
  std::array<char, kKept> buffer;
  while (fd_ >= 0) {
    const ssize_t size = ::read(fd_, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return close();
    tail_.append(buffer.data(), static_cast<std::size_t>(size));
    if (tail_.size() > kKept) tail_.erase(0, tail_.size() - kKept);
    if (show_) [[maybe_unused]]
      const ssize_t shown = ::write(STDERR_FILENO, buffer.data(), static_cast<std::size_t>(size));
  }
}

std::string OutputTail::last_lines(std::size_t count) const { return clipmill::last_lines(tail_, count); }

}  // namespace clipmill
