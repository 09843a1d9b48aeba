#include "base/atomic_file.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <regex>
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

/// The process that made a temporary, which the end of its name tells; 0 of any other file.
pid_t maker_of(const std::string& name) {
  static const std::regex kTemporary(R"(\.[^]+\.([0-9]{1,9})-[0-9]+\.part(\.[^.]*)?)");
  std::smatch parts;
  return std::regex_match(name, parts, kTemporary) ? std::stoi(parts[1]) : 0;
}

/// An errno, or 0. Not every file system lets a folder be opened or synced: those keep its names by
/// themselves.
int sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return 0;
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return error == EINVAL || error == ENOTSUP ? 0 : error;
}

/// An errno, or 0. Whoever made a folder that is there may have died before its name was synced.
int make_folders(const fs::path& folder) {
  if (folder.empty()) return 0;
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    if (const int above = make_folders(folder.parent_path())) return above;
    fs::create_directory(folder, error);
    if (error) return error.value();
  }
  return sync_folder(folder.parent_path());
}

}  // namespace

void create_folders(const fs::path& folder) {
  if (const int error = make_folders(folder))
    throw io_error(fmt::format("cannot create {}", folder.string()), error);
}

void make_durable(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  int error = fd >= 0 && ::fsync(fd) == 0 ? 0 : errno;
  if (fd >= 0) ::close(fd);
  if (error == 0) error = sync_folder(file.parent_path());
  if (error != 0) throw io_error(fmt::format("cannot sync {}", file.string()), error);
}

void sync_names(const fs::path& folder) {
  if (const int error = sync_folder(folder))
    throw io_error(fmt::format("cannot sync {}", folder.string()), error);
}

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)), temporary_(temporary_beside(target_)) {
  if (const int error = make_folders(target_.parent_path()))
    throw io_error(fmt::format("cannot write {}", target_.string()), error);
  std::error_code ignored;
  if (fs::is_directory(target_, ignored))
    throw io_error(fmt::format("cannot write {}", target_.string()), EISDIR);
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
  if (const int unsynced = sync_folder(target_.parent_path()))
    throw io_error(fmt::format("cannot write {}", target_.string()), unsynced);
}

void remove_orphans_in(const fs::path& folder) {
  std::error_code ignored;
  fs::directory_iterator entry(folder.empty() ? fs::path(".") : folder, ignored);
  for (; entry != fs::directory_iterator(); entry.increment(ignored)) {
    const pid_t maker = maker_of(entry->path().filename().string());
    if (maker > 0 && ::kill(maker, 0) != 0 && errno == ESRCH) ::unlink(entry->path().c_str());
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
