// A file mapped into memory, read-only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace clipmill {

/// The mapping itself touches nothing. Reading mapped bytes of a file that was cut short meanwhile would end
/// the process (SIGBUS): every access asks the file for its size first, and read() does not use the mapping
/// at all.
class MappedFile {
 public:
  /// Throws Error(kInput) if there is no such regular file, Error(kIo) if it cannot be mapped.
  explicit MappedFile(std::filesystem::path path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  /// The bytes [begin, end) of the mapping. Throws Error(kInput) if the file is no longer as long as it was.
  std::span<const std::byte> bytes(std::uint64_t begin, std::uint64_t end) const;
  /// Takes the whole pages of [begin, end) out of this process's memory; they come back, mostly from the
  /// system's cache, when they are touched.
  void forget(std::uint64_t begin, std::uint64_t end) const noexcept;
  /// Copies from the file's start into `target`. Throws Error(kIo).
  void read(std::span<std::byte> target) const;

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  void* data_ = nullptr;
};

}  // namespace clipmill
