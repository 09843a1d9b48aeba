// One owner for a file: an flock on "<file>.lock", which the system releases when the owner ends, however it
// ends.
#pragma once

#include <filesystem>

namespace clipmill {

class FileLock {
 public:
  /// Creates the folder and takes the lock. Throws Error(kInput) naming the owner if another process has it.
  explicit FileLock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// Whether nobody has it now.
  static bool is_free(const std::filesystem::path& file);

 private:
  int fd_ = -1;
};

}  // namespace clipmill
