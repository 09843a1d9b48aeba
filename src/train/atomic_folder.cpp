#include "train/atomic_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "base/error.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// "models/shapes/" names the folder models/shapes.
fs::path without_trailing_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

std::string prefix_of(const fs::path& target) { return fmt::format(".{}.", target.filename().string()); }

fs::path temporary_beside(const fs::path& target) {
  static std::atomic<unsigned> counter{0};  // distinct names within the process; not state that anyone reads
  return target.parent_path() / fmt::format("{}{}-{}.part", prefix_of(target), ::getpid(), ++counter);
}

fs::path folder_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path() : fs::path(".");
}

/// Whether `name` is a temporary of `prefix`'s target whose process is gone.
bool is_orphan(const std::string& name, const std::string& prefix) {
  if (!name.starts_with(prefix) || !name.ends_with(".part")) return false;
  const int maker = std::atoi(name.c_str() + prefix.size());
  return maker > 0 && ::kill(maker, 0) != 0 && errno == ESRCH;
}

void remove_orphans_of(const fs::path& target) {
  std::error_code ignored;
  std::vector<fs::path> orphans;
  fs::directory_iterator entry(folder_of(target), ignored);
  for (; entry != fs::directory_iterator(); entry.increment(ignored)) {
    if (is_orphan(entry->path().filename().string(), prefix_of(target))) orphans.push_back(entry->path());
  }
  for (const fs::path& orphan : orphans) fs::remove_all(orphan, ignored);
}

void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;  // not every file system lets a folder be opened
  ::fsync(fd);
  ::close(fd);
}

/// The same files under another name; real copies where the file system has no hard links.
void link_or_copy(const fs::path& from, const fs::path& to) {
  constexpr auto kTree = fs::copy_options::recursive | fs::copy_options::copy_symlinks;
  std::error_code error;
  fs::copy(from, to, kTree | fs::copy_options::create_hard_links, error);
  if (!error) return;
  fs::remove_all(to, error);
  fs::copy(from, to, kTree, error);
  if (error) throw io_error(fmt::format("cannot keep {}", from.string()), error.value());
}

bool renamed(const fs::path& from, const fs::path& to, unsigned flags = 0) {
  return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0;
}

}  // namespace

AtomicFolder::AtomicFolder(fs::path target)
    : target_(without_trailing_slash(target)), temporary_(temporary_beside(target_)) {
  remove_orphans_of(target_);
  std::error_code error;
  fs::create_directories(temporary_, error);
  if (error) throw io_error(fmt::format("cannot write {}", target_.string()), error.value());
}

AtomicFolder::~AtomicFolder() {
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);  // after commit(): the older folder, if there was one
}

void AtomicFolder::commit(const std::vector<std::string>& replaced) {
  keep_others(replaced);
  sync_folder(temporary_);
  take_place();
  sync_folder(folder_of(target_));
}

void AtomicFolder::keep_others(const std::vector<std::string>& replaced) {
  if (!fs::is_directory(target_)) return;
  for (const fs::directory_entry& entry : fs::directory_iterator(target_)) {
    const fs::path name = entry.path().filename();
    if (std::ranges::find(replaced, name.string()) == replaced.end())
      link_or_copy(entry.path(), temporary_ / name);
  }
}

void AtomicFolder::take_place() {
  if (renamed(temporary_, target_, RENAME_EXCHANGE)) return;
  const int reason = errno;
  const bool older = fs::exists(target_);
  const fs::path aside = temporary_beside(target_);
  if (older && !renamed(target_, aside))
    throw io_error(fmt::format("cannot write {}", target_.string()), reason);
  if (!renamed(temporary_, target_)) {
    const int error = errno;
    if (older) renamed(aside, target_);
    throw io_error(fmt::format("cannot write {}", target_.string()), error);
  }
  std::error_code ignored;
  if (older) fs::remove_all(aside, ignored);
}

}  // namespace clipmill
