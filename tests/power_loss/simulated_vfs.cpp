#include "simulated_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "mount.h"

namespace clipmill {
namespace {

constexpr int kSectorBytes = 4096;  // as the unix VFS says

/// What an open file has beside SQLite's own part.
struct State {
  SimulatedDisk& disk;
  SimulatedDisk::Node node;
  std::string folder_to_sync;  ///< with the first sync; empty: none
  std::string remove_on_close;
  std::vector<std::unique_ptr<char[]>> shared;
};

struct VfsFile {
  sqlite3_file base;
  State* state;
};

State& state_of(sqlite3_file* file) { return *reinterpret_cast<VfsFile*>(file)->state; }

int code_of(int error, int otherwise) {
  if (error == 0) return SQLITE_OK;
  return error == ENOSPC ? SQLITE_FULL : otherwise;
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

int sync_folder(SimulatedDisk& disk, const std::string& folder) {
  const auto node = disk.find(folder);
  return node ? disk.sync(*node) : ENOENT;
}

int close_file(sqlite3_file* file) {
  const std::unique_ptr<State> state(&state_of(file));
  if (!state->remove_on_close.empty()) state->disk.remove(state->remove_on_close);
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  State& state = state_of(file);
  const std::string bytes = state.disk.read(state.node, offset, static_cast<std::size_t>(size));
  std::memcpy(data, bytes.data(), bytes.size());
  if (bytes.size() == static_cast<std::size_t>(size)) return SQLITE_OK;
  std::memset(static_cast<char*>(data) + bytes.size(), 0, static_cast<std::size_t>(size) - bytes.size());
  return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  State& state = state_of(file);
  const std::string_view bytes(static_cast<const char*>(data), static_cast<std::size_t>(size));
  return code_of(state.disk.write(state.node, offset, bytes), SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  State& state = state_of(file);
  return code_of(state.disk.truncate(state.node, size), SQLITE_IOERR_TRUNCATE);
}

int sync_file(sqlite3_file* file, int) {
  State& state = state_of(file);
  if (const int error = state.disk.sync(state.node)) return code_of(error, SQLITE_IOERR_FSYNC);
  if (state.folder_to_sync.empty()) return SQLITE_OK;
  const int error = sync_folder(state.disk, state.folder_to_sync);
  state.folder_to_sync.clear();
  return code_of(error, SQLITE_IOERR_DIR_FSYNC);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  State& state = state_of(file);
  *size = state.disk.status(state.node).bytes;
  return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) { return SQLITE_OK; }

int check_reserved(sqlite3_file*, int* reserved) {
  *reserved = 0;
  return SQLITE_OK;
}

int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return kSectorBytes; }
int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }  // as the unix VFS says

int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** at) {
  auto& shared = state_of(file).shared;
  while (extend && shared.size() <= static_cast<std::size_t>(page))
    shared.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
  *at =
      shared.size() > static_cast<std::size_t>(page) ? shared[static_cast<std::size_t>(page)].get() : nullptr;
  return SQLITE_OK;
}

int lock_shared(sqlite3_file*, int, int, int) { return SQLITE_OK; }
void barrier(sqlite3_file*) {}

int unmap_shared(sqlite3_file* file, int) {
  state_of(file).shared.clear();
  return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = lock_file,
    .xCheckReservedLock = check_reserved,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = map_shared,
    .xShmLock = lock_shared,
    .xShmBarrier = barrier,
    .xShmUnmap = unmap_shared,
};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  SimulatedDisk& disk = *Mount::current();
  if (disk.power_is_cut()) return SQLITE_CANTOPEN;
  const std::string path = name ? name : "";
  auto node = name ? disk.find(path) : disk.create_nameless();
  if (!node) {
    SimulatedDisk::Node created = 0;
    const int error = (flags & SQLITE_OPEN_CREATE) ? disk.create(path, created) : ENOENT;
    if (error != 0) return code_of(error, SQLITE_CANTOPEN);
    node = created;
  }
  const bool logs = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL);
  const bool temporary = name && (flags & SQLITE_OPEN_DELETEONCLOSE);
  auto* const fresh = reinterpret_cast<VfsFile*>(file);
  fresh->state = new State{
      disk, *node, (flags & SQLITE_OPEN_CREATE) && logs ? folder_of(path) : "", temporary ? path : "", {}};
  file->pMethods = &kMethods;
  if (out_flags) *out_flags = flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char* name, int sync) {
  SimulatedDisk& disk = *Mount::current();
  const int error = disk.remove(name);
  if (error == ENOENT) return SQLITE_IOERR_DELETE_NOENT;
  if (error != 0) return SQLITE_IOERR_DELETE;
  return sync ? code_of(sync_folder(disk, folder_of(name)), SQLITE_IOERR_DIR_FSYNC) : SQLITE_OK;
}

int access_file(sqlite3_vfs*, const char* name, int, int* exists) {
  *exists = Mount::current()->find(name).has_value();
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int size, char* out) {
  std::fill_n(out, size, 'r');  // a run can be repeated
  return size;
}

int sleep_for(sqlite3_vfs*, int microseconds) { return microseconds; }

int current_time(sqlite3_vfs*, double* days) {
  *days = 2460000.5;
  return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) { return 0; }

sqlite3_vfs simulated_vfs = {
    .iVersion = 1,
    .szOsFile = sizeof(VfsFile),
    .mxPathname = 512,
    .zName = "simulated",
    .xOpen = open_file,
    .xDelete = delete_file,
    .xAccess = access_file,
    .xFullPathname = full_path,
    .xRandomness = randomness,
    .xSleep = sleep_for,
    .xCurrentTime = current_time,
    .xGetLastError = last_error,
};

}  // namespace

void use_simulated_vfs(bool use) {
  if (use) {
    sqlite3_vfs_register(&simulated_vfs, 1);
    sqlite3_randomness(0, nullptr);
  } else {
    sqlite3_vfs_unregister(&simulated_vfs);
  }
}

}  // namespace clipmill
