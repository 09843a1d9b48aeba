// The file that a program writes: under a temporary name until the program has succeeded.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/atomic_file.h"

namespace clipmill {

/// The name is new and nothing lies under it: what is there at the end was made by this run. Destroyed before
/// commit(), it leaves nothing behind.
class PartFile {
 public:
  /// Makes missing folders. Throws Error(kIo) if `target` cannot be written.
  explicit PartFile(const std::filesystem::path& target);

  const std::filesystem::path& path() const { return file_.temporary(); }
  /// Gives the file its final name, durably; its bytes. Throws Error(kInput) unless there is a file with
  /// something in it.
  std::int64_t commit();

 private:
  const std::filesystem::path target_;
  AtomicFile file_;
};

}  // namespace clipmill
