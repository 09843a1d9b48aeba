#include "serve/byte_range.h"

#include <algorithm>

#include "base/number.h"

namespace clipmill {
namespace {

constexpr std::string_view kUnit = "bytes=";

}  // namespace

RangeAnswer byte_range(std::string_view header, std::uint64_t size) {
  if (!header.starts_with(kUnit)) return {};
  header.remove_prefix(kUnit.size());
  const std::size_t dash = header.find('-');
  if (dash == header.npos) return {};
  const std::string_view before = header.substr(0, dash), behind = header.substr(dash + 1);
  const auto first = number_in<std::uint64_t>(before), last = number_in<std::uint64_t>(behind);
  if (before.empty() && last) {  // the last so many bytes
    const std::uint64_t count = std::min(*last, size);
    return {true, count > 0 ? std::optional(ByteRange{size - count, count}) : std::nullopt};
  }
  if (!first || (!behind.empty() && (!last || *last < *first))) return {};
  if (*first >= size) return {true, std::nullopt};
  const std::uint64_t end = behind.empty() ? size : std::min(*last, size - 1) + 1;
  return {true, ByteRange{*first, end - *first}};
}

}  // namespace clipmill
