#include "base/atomic_file.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/error.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

fs::path temporary_beside(const fs::path& target) {
  static std::atomic<unsigned> counter{0};  // distinct names within the process; not state that anyone reads
  return target.parent_path() / fmt::format(".{}.{}-{}.part{}", target.filename().string(), ::getpid(),
                                            ++counter, target.extension().string());
}

void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;  // not every file system lets a folder be opened
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)), temporary_(temporary_beside(target_)) {
  std::error_code error;
  if (const fs::path folder = target_.parent_path(); !folder.empty()) fs::create_directories(folder, error);
  if (fs::is_directory(target_, error)) throw io_error(fmt::format("cannot write {}", target_.string()), EISDIR);
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) throw io_error(fmt::format("cannot write {}", target_.string()), errno);
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!committed_) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw io_error(fmt::format("cannot write {}", target_.string()), errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void AtomicFile::commit() {
  const bool synced = ::fsync(fd_) == 0;
  const int error = errno;
  const bool closed = ::close(fd_) == 0;
  fd_ = -1;
  if (!synced || !closed)
    throw io_error(fmt::format("cannot write {}", target_.string()), synced ? errno : error);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    throw io_error(fmt::format("cannot write {}", target_.string()), errno);
  }
  committed_ = true;
  sync_folder(target_.parent_path());
}

void remove_orphans(const fs::path& target) {
  const std::string prefix = fmt::format(".{}.", target.filename().string());
  std::error_code ignored;
  const fs::path folder = target.parent_path().empty() ? fs::path(".") : target.parent_path();
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || name.find(".part", prefix.size()) == std::string::npos) continue;
    const pid_t owner = static_cast<pid_t>(std::atol(name.c_str() + prefix.size()));
    if (owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH) fs::remove(entry.path(), ignored);
  }
}

void write_file(const fs::path& target, std::string_view text) {
  AtomicFile file(target);
  file.write(text);
  file.commit();
}

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw io_error(fmt::format("cannot read {}", path.string()), errno);
  std::ostringstream text;
  text << stream.rdbuf();
  if (stream.bad() || fs::is_directory(path))
    throw io_error(fmt::format("cannot read {}", path.string()), EISDIR);
  return std::move(text).str();
}

}  // namespace clipmill
