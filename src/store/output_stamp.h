// What tells whether a finished clip is still the file that was made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace clipmill {

struct OutputStamp {
  std::int64_t bytes = 0;
  std::int64_t modified = 0;  ///< nanoseconds since an arbitrary start

  bool operator==(const OutputStamp&) const = default;
};

/// Empty if there is no such file.
std::optional<OutputStamp> stamp_of(const std::string& path);

}  // namespace clipmill
