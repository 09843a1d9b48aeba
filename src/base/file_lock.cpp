#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string>

#include "base/atomic_file.h"
#include "base/error.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

int open_lock(const fs::path& lock) {
  create_folders(lock.parent_path());
  const int fd = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) throw io_error(fmt::format("cannot open {}", lock.string()), errno);
  return fd;
}

/// " (pid 123)" as the owner wrote it; empty in the instant before it has.
std::string owner(int fd) {
  std::array<char, 16> text{};
  const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
  int pid = 0;
  std::from_chars(text.data(), text.data() + std::max<ssize_t>(size, 0), pid);
  return pid > 0 ? fmt::format(" (pid {})", pid) : "";
}

/// For people and for the message above; the lock itself does not depend on it, so a full disk does no harm.
void write_owner(int fd) {
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd, 0) == 0) [[maybe_unused]]
    const ssize_t written = ::pwrite(fd, pid.data(), pid.size(), 0);
}

}  // namespace

FileLock::FileLock(const fs::path& file) : fd_(open_lock(file.string() + ".lock")) {
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) {
    write_owner(fd_);
    return;
  }
  const int error = errno;
  const std::string who = owner(fd_);
  ::close(fd_);
  if (error != EWOULDBLOCK) throw io_error(fmt::format("cannot lock {}.lock", file.string()), error);
  throw Error(ErrorKind::kInput, fmt::format("{} is in use by clipmill{}", file.string(), who),
              "wait until it has ended, or stop it; several runs at once each need a store of their own");
}

bool FileLock::is_free(const fs::path& file) {
  const int fd = ::open((file.string() + ".lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return true;
  const bool free = ::flock(fd, LOCK_SH | LOCK_NB) == 0;
  ::close(fd);
  return free;
}

FileLock::~FileLock() { ::close(fd_); }  // the file stays: removing it could take it from the next owner

}  // namespace clipmill
