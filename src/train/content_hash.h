// Files and texts into a number that tells them from others.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace clipmill {

/// FNV-1a, 64 bits (Fowler, Noll and Vo): notices change, not malice.
class ContentHash {
 public:
  void add(std::string_view bytes);
  /// The content of a file, or of `clip`'s pictures where it is a folder. Throws Error(kIo).
  void add_clip(const std::filesystem::path& clip);
  std::uint64_t value() const { return value_; }

 private:
  void add_file(const std::filesystem::path& file);

  std::uint64_t value_ = 0xCBF29CE484222325u;
};

}  // namespace clipmill
