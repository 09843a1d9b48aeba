// A folder that appears whole or not at all, also where an older one has its name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace clipmill {

/// A folder under construction beside its final place. Destroyed before commit(), it leaves nothing behind;
/// what a killed process left beside the same target is removed by the next one.
class AtomicFolder {
 public:
  /// Makes `target`'s hidden sibling ".<name>.<pid>-<n>.part", and missing parents. Throws Error(kIo).
  explicit AtomicFolder(std::filesystem::path target);
  ~AtomicFolder();
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;

  /// Where to write. Files in it have to be on disk before commit(), as AtomicFile leaves them.
  const std::filesystem::path& path() const { return temporary_; }

  /// Takes the target's place. Of an older target, only the entries that `replaced` names go; all others
  /// (logs, saved states) are kept, and so must not be written to by others meanwhile. Throws Error(kIo); the
  /// older folder then stays as it was. Where the file system cannot exchange two names at once, a crash in
  /// between leaves the older folder beside the target under a hidden name.
  void commit(const std::vector<std::string>& replaced);

 private:
  void keep_others(const std::vector<std::string>& replaced);
  void take_place();

  std::filesystem::path target_, temporary_;
};

}  // namespace clipmill
