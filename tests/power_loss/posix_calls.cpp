// The test program's own open, write, fsync, …: the linker prefers them to those of the C library, for the
// program and for libraries alike. Below /simulated they reach the mounted disk; everything else is passed
// on.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdarg>
#include <map>
#include <string_view>

#include "mount.h"

namespace {

using clipmill::Mount;
using clipmill::SimulatedDisk;

struct OpenFile {
  SimulatedDisk* disk;
  SimulatedDisk::Node node;
  std::int64_t position;
};

std::map<int, OpenFile>& open_files() {
  static std::map<int, OpenFile> files;
  return files;
}

OpenFile* find_open(int fd) {
  const auto found = open_files().find(fd);
  return found == open_files().end() ? nullptr : &found->second;
}

/// Of the mounted disk, if it has this path.
SimulatedDisk* disk_of(const char* path) {
  return std::string_view(path).starts_with(clipmill::kSimulated) ? Mount::current() : nullptr;
}

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

int result(int error) {
  if (error == 0) return 0;
  errno = error;
  return -1;
}

int open_simulated(SimulatedDisk& disk, const char* path, int flags) {
  if (disk.power_is_cut()) return result(EIO);
  auto node = disk.find(path);
  int error = 0;
  if (!node) {
    if (!(flags & O_CREAT)) return result(ENOENT);
    SimulatedDisk::Node created = 0;
    error = disk.create(path, created);
    node = created;
  } else if (flags & O_TRUNC) {
    error = disk.truncate(*node, 0);
  }
  if (error != 0) return result(error);
  const int fd = ::memfd_create("simulated", MFD_CLOEXEC);  // a number of its own, which can also be flocked
  if (fd >= 0) open_files()[fd] = {&disk, *node, 0};
  return fd;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0;
  va_end(more);
  if (SimulatedDisk* disk = disk_of(path)) return open_simulated(*disk, path, flags);
  static const auto next = real<int(const char*, int, ...)>("open");
  return next(path, flags, mode);
}

int close(int fd) {
  static const auto next = real<int(int)>("close");
  open_files().erase(fd);
  return next(fd);
}

ssize_t write(int fd, const void* data, size_t size) {
  static const auto next = real<ssize_t(int, const void*, size_t)>("write");
  OpenFile* file = find_open(fd);
  if (!file) return next(fd, data, size);
  if (result(file->disk->write(file->node, file->position, {static_cast<const char*>(data), size})) != 0)
    return -1;
  file->position += static_cast<std::int64_t>(size);
  return static_cast<ssize_t>(size);
}

int fsync(int fd) {
  static const auto next = real<int(int)>("fsync");
  OpenFile* file = find_open(fd);
  return file ? result(file->disk->sync(file->node)) : next(fd);
}

int rename(const char* from, const char* to) noexcept {
  static const auto next = real<int(const char*, const char*)>("rename");
  SimulatedDisk* disk = disk_of(to);
  return disk ? result(disk->rename(from, to)) : next(from, to);
}

int unlink(const char* path) noexcept {
  static const auto next = real<int(const char*)>("unlink");
  SimulatedDisk* disk = disk_of(path);
  return disk ? result(disk->remove(path)) : next(path);
}

int mkdir(const char* path, mode_t mode) noexcept {
  static const auto next = real<int(const char*, mode_t)>("mkdir");
  SimulatedDisk* disk = disk_of(path);
  return disk ? result(disk->make_folder(path)) : next(path, mode);
}

int stat(const char* __restrict path, struct stat* __restrict status) noexcept {
  static const auto next = real<int(const char*, struct stat*)>("stat");
  SimulatedDisk* disk = disk_of(path);
  if (!disk) return next(path, status);
  const auto node = disk->find(path);
  if (!node) return result(ENOENT);
  const SimulatedDisk::Status known = disk->status(*node);
  *status = {};
  status->st_mode = known.folder ? S_IFDIR | 0755 : S_IFREG | 0644;
  status->st_size = known.bytes;
  status->st_mtim.tv_sec = static_cast<time_t>(std::floor(known.modified));
  status->st_mtim.tv_nsec = static_cast<long>((known.modified - std::floor(known.modified)) * 1e9);
  return 0;
}

}  // extern "C"
