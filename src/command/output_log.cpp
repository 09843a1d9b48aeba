#include "command/output_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/process.h"

namespace clipmill {
namespace {

constexpr std::size_t kTaken = 64 << 10, kTail = 4096;
/// A program that prints for ever must not fill the disk.
constexpr std::int64_t kLargestLog = 64 << 20;

int create_log(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) throw io_error(fmt::format("cannot write {}", file.string()), errno);
  return fd;
}

/// Escape sequences and binary bytes would be the terminal's to obey.
char harmless(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F ? ' ' : c; }

}  // namespace

OutputLog::OutputLog(int pipe, const std::filesystem::path& file) : pipe_(pipe), file_(create_log(file)) {
  ::fcntl(pipe_, F_SETFL, ::fcntl(pipe_, F_GETFL) | O_NONBLOCK);
}

OutputLog::~OutputLog() {
  if (pipe_ >= 0) ::close(pipe_);
  ::close(file_);
}

std::string_view OutputLog::take() {
  if (pipe_ < 0) return {};
  buffer_.resize(kTaken);
  ssize_t size = -1;
  do {
    size = ::read(pipe_, buffer_.data(), buffer_.size());
  } while (size < 0 && errno == EINTR);
  if (size == 0 || (size < 0 && errno != EAGAIN)) {
    ::close(pipe_);
    pipe_ = -1;
  }
  buffer_.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  write(buffer_);
  tail_ += buffer_;
  if (tail_.size() > kTail) tail_.erase(0, tail_.size() - kTail);
  return buffer_;
}

/// A log that cannot be written (a full disk) is no reason to lose the clip.
void OutputLog::write(std::string_view bytes) {
  constexpr std::string_view kFull = "\n[clipmill: the log ends here, at 64 MiB]\n";
  if (bytes.empty() || written_ >= kLargestLog) return;
  written_ += std::ssize(bytes);
  [[maybe_unused]] ssize_t ignored = ::write(file_, bytes.data(), bytes.size());
  if (written_ >= kLargestLog) ignored = ::write(file_, kFull.data(), kFull.size());
}

std::string OutputLog::last_lines(std::size_t count) const {
  std::string text = tail_;
  std::ranges::replace(text, '\r', '\n');
  std::ranges::transform(text, text.begin(), harmless);
  return clipmill::last_lines(text, count);
}

}  // namespace clipmill
