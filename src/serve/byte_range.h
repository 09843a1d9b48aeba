// The Range header: which bytes of a file are asked for (RFC 9110, 14.2; one range).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace clipmill {

struct ByteRange {
  std::uint64_t first = 0, count = 0;
};

/// Whether there is a range to heed, and whether it lies in the file.
struct RangeAnswer {
  bool asked = false;              ///< else the whole file: no header, another unit, several ranges, nonsense
  std::optional<ByteRange> range;  ///< empty where `asked`: none of the file's bytes (status 416)
};

/// `header` as "bytes=0-499", "bytes=500-" or "bytes=-500", of a file of `size` bytes.
RangeAnswer byte_range(std::string_view header, std::uint64_t size);

}  // namespace clipmill
