// New entries of a folder, built inside of it and put in their places together.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace clipmill {

/// What belongs together in a folder, and how its readers know that it is whole.
struct FolderParts {
  std::string staging;  ///< where a new version is built, as ".training/model": below the folder
  std::string seal;     ///< the entry without which nobody reads the others
  std::vector<std::string>
      obsolete;  ///< entries that a new version never has; they go when a sealed one comes
};

/// A new version under construction. The folder itself stays what it is (a mount point, a link, somebody's
/// working directory), and so does everything in it that the new version does not name. Destroyed before
/// commit(), it leaves nothing behind. One at a time in a folder.
class FolderUpdate {
 public:
  /// Makes the folder, and the staging below it. Throws Error(kIo).
  FolderUpdate(std::filesystem::path folder, FolderParts parts);
  ~FolderUpdate();
  FolderUpdate(const FolderUpdate&) = delete;
  FolderUpdate& operator=(const FolderUpdate&) = delete;

  /// Where to write. Files in it have to be on disk before commit(), as AtomicFile leaves them.
  const std::filesystem::path& path() const { return building_; }

  /// From here on the new version counts, whatever happens: see complete_update(). Throws Error(kIo).
  void commit();

 private:
  std::filesystem::path folder_, building_;
  FolderParts parts_;
};

/// Puts a committed version in its place, entry by entry; nothing to do where there is none. The older seal
/// goes before the first entry changes and the new one comes after the last, so that no reader takes a mix
/// for whole. After a crash or an error in between, the next call goes on. Throws Error(kIo).
void complete_update(const std::filesystem::path& folder, const FolderParts& parts);

}  // namespace clipmill
