// Files that appear whole or not at all: temporary name, fsync, rename, fsync of the folder.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace clipmill {

/// A file under construction beside its final place. Destroyed before commit(), it leaves nothing behind.
class AtomicFile {
 public:
  /// Creates `target`'s temporary sibling, and missing parent folders. Throws Error(kIo).
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Where to write, for libraries that want a path. Hidden, and keeps the target's extension:
  /// ".clip.mp4.<pid>-<n>.part.mp4".
  const std::filesystem::path& temporary() const { return temporary_; }
  /// Appends bytes. Throws Error(kIo), naming the target, for instance on a full disk.
  void write(std::string_view bytes);
  void write(const void* data, std::size_t size) { write({static_cast<const char*>(data), size}); }
  /// fsync, rename to the target, fsync of the folder. Throws Error(kIo).
  void commit();

 private:
  std::filesystem::path target_, temporary_;
  int fd_ = -1;
  bool committed_ = false;
};

/// `folder`, and those above it that are missing; their names survive a power cut. Throws Error(kIo).
void create_folders(const std::filesystem::path& folder);

/// A file that others wrote, and its name, survive a power cut from now on. Throws Error(kIo).
void make_durable(const std::filesystem::path& file);

/// Names that were made, changed or removed in `folder` stay so over a power cut. Throws Error(kIo).
void sync_names(const std::filesystem::path& folder);

/// Removes temporary files of any target in `folder` whose process is gone: what a killed one could not clean
/// up itself. A folder that cannot be read is left as it is.
void remove_orphans_in(const std::filesystem::path& folder);

/// The whole of `text` as the new content of `target`, atomically.
void write_file(const std::filesystem::path& target, std::string_view text);
/// The whole content. Throws Error(kIo) naming the path.
std::string read_file(const std::filesystem::path& path);

}  // namespace clipmill
