// What tells whether a file is still the one that was looked at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace clipmill {

struct FileStamp {
  std::int64_t bytes = 0;
  std::int64_t modified = 0;  ///< nanoseconds since an arbitrary start

  bool operator==(const FileStamp&) const = default;
};

/// Empty if there is no such file.
std::optional<FileStamp> stamp_of(const std::filesystem::path& path);

}  // namespace clipmill
