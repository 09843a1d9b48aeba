#include "observe/columns.h"

#include <algorithm>
#include <array>
#include <span>

namespace clipmill {
namespace {

struct Range {
  char32_t first, last;
};
// East Asian Wide and Fullwidth blocks (Unicode's UAX #11), joined where only unassigned characters lie
// between.
constexpr std::array<Range, 10> kWide = {{{0x1100, 0x115F},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0x4DBF},
                                          {0x4E00, 0xA4CF},
                                          {0xA960, 0xA97F},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0x1F300, 0x3FFFD}}};
// Drawn over the character before them.
constexpr std::array<Range, 4> kCombining = {
    {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};

bool in(std::span<const Range> ranges, char32_t character) {
  return std::ranges::any_of(
      ranges, [&](const Range& range) { return range.first <= character && character <= range.last; });
}

/// One character of a text, as it is shown.
struct Glyph {
  std::string_view bytes;
  std::size_t width;
};

constexpr Glyph kUnprintable = {"?", 1};

/// Takes the first character off `rest`, which must not be empty.
Glyph take(std::string_view& rest) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned char lead = byte(0);
  const std::size_t size = lead < 0x80       ? 1
                           : lead >> 5 == 6  ? 2
                           : lead >> 4 == 14 ? 3
                           : lead >> 3 == 30 ? 4
                                             : 0;
  char32_t character = size == 1 ? lead : lead & (0x7F >> size);
  bool valid = size > 0 && size <= rest.size();
  for (std::size_t i = 1; valid && i < size; ++i) {
    valid = byte(i) >> 6 == 2;
    character = character << 6 | (byte(i) & 0x3F);
  }
  const std::string_view bytes = rest.substr(0, valid ? size : 1);
  rest.remove_prefix(bytes.size());
  if (!valid || character < 0x20 || (character >= 0x7F && character < 0xA0)) return kUnprintable;
  if (in(kCombining, character)) return {bytes, 0};
  return {bytes, in(kWide, character) ? 2u : 1u};
}

}  // namespace

std::size_t columns(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += take(text).width;
  return width;
}

std::string fit_columns(std::string_view text, std::size_t width) {
  const bool cut = columns(text) > width;
  std::size_t left = cut ? width - std::min<std::size_t>(width, 1) : width;
  std::string shown;
  while (!text.empty()) {
    const Glyph glyph = take(text);
    if (glyph.width > left) break;
    shown += glyph.bytes;
    left -= glyph.width;
  }
  return cut && width > 0 ? shown + "…" : shown;
}

std::string fit_columns_middle(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return fit_columns(text, width);
  std::string_view tail = text;
  while (columns(tail) > width / 3) take(tail);
  return fit_columns(text, width - columns(tail)) + fit_columns(tail, width);
}

std::string pad_columns(std::string_view text, std::size_t width) {
  const std::size_t used = columns(text);
  return std::string(text) + std::string(width > used ? width - used : 0, ' ');
}

}  // namespace clipmill
