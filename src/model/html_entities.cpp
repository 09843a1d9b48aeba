#include "model/html_entities.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <optional>

namespace clipmill {
namespace {

constexpr HtmlEntity kEntities[] = {
#include "model/html_entities.inc"
};
constexpr std::size_t kLongestName = 32;
constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kBeyondUnicode = 0x110000;

constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
};

static_assert(std::ranges::is_sorted(kEntities, {}, &HtmlEntity::name));
static_assert(std::ranges::all_of(kEntities, [](auto& e) { return e.name.size() <= kLongestName; }));

/// A reference at the beginning of a text: how many bytes it takes and what it stands for.
struct Reference {
  std::size_t length = 0;
  std::string text;
};

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

bool forbidden(char32_t c) {
  const bool control = c < 0x20 && c != '\t' && c != '\n' && c != '\f' && c != '\r';
  const bool noncharacter = (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
  return control || c == 0x7F || noncharacter;
}

std::string numeric_text(char32_t c) {
  if (c == 0 || c >= kBeyondUnicode || U_IS_SURROGATE(c)) return utf8(kReplacement);
  if (c >= 0x80 && c <= 0x9F) return utf8(from_windows_1252(c));
  return forbidden(c) ? std::string() : utf8(c);
}

/// `text` starts after "&#".
std::optional<Reference> numeric_reference(std::string_view text) {
  const bool hex = text.starts_with('x') || text.starts_with('X');
  const int base = hex ? 16 : 10;
  const std::size_t first = hex ? 1 : 0;
  std::size_t end = first;
  char32_t value = 0;
  for (; end < text.size() && digit_value(text[end]) < base; ++end) {
    value = std::min<char32_t>(value * base + digit_value(text[end]), kBeyondUnicode);
  }
  if (end == first) return std::nullopt;
  if (text.substr(end).starts_with(';')) ++end;
  return Reference{2 + end, numeric_text(value)};
}

/// `text` starts with "&".
std::optional<Reference> reference_at(std::string_view text) {
  text.remove_prefix(1);
  if (text.starts_with('#')) return numeric_reference(text.substr(1));
  const HtmlEntity* entity = longest_html_entity(text);
  if (!entity) return std::nullopt;
  return Reference{1 + entity->name.size(), std::string(entity->text)};
}

}  // namespace

const HtmlEntity* longest_html_entity(std::string_view text) {
  for (std::size_t length = std::min(text.size(), kLongestName); length > 1; --length) {
    const auto name = text.substr(0, length);
    const auto* entity = std::ranges::lower_bound(kEntities, name, {}, &HtmlEntity::name);
    if (entity != std::end(kEntities) && entity->name == name) return entity;
  }
  return nullptr;
}

char32_t from_windows_1252(char32_t byte) { return kWindows1252.at(byte - 0x80); }

std::string utf8(char32_t code_point) {
  std::array<char, U8_MAX_LENGTH> bytes;
  std::size_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, code_point);
  return std::string(bytes.data(), size);
}

std::string html_unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('&'), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto reference = reference_at(text).value_or(Reference{1, "&"});
    out += reference.text;
    text.remove_prefix(reference.length);
  }
  return out;
}

}  // namespace clipmill
