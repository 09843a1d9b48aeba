#include "model/text_fixes.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "base/error.h"
#include "model/html_entities.h"

namespace clipmill {
namespace {

using icu::UnicodeString;

constexpr UChar32 kEscape = 0x1B;

bool between(UChar32 c, UChar32 low, UChar32 high) { return c >= low && c <= high; }
bool is_c1_control(UChar32 c) { return between(c, 0x80, 0x9F); }
bool is_single_quote(UChar32 c) { return c == 0x2BC || between(c, 0x2018, 0x201B); }
bool is_double_quote(UChar32 c) { return between(c, 0x201C, 0x201F); }
bool has_other_width(UChar32 c) { return c == 0x3000 || between(c, 0xFF01, 0xFFEF); }

bool is_latin_ligature(UChar32 c) {
  return between(c, 0x132, 0x133) || c == 0x149 || between(c, 0x1C4, 0x1CC) || between(c, 0x1F1, 0x1F3) ||
         between(c, 0xFB00, 0xFB06);
}

/// Neither white space (\t \n \f \r) nor joiners, direction marks and tags, which change what is seen.
bool is_needless_control(UChar32 c) {
  return between(c, 0x00, 0x08) || c == 0x0B || between(c, 0x0E, 0x1F) || c == 0x7F ||
         between(c, 0x206A, 0x206F) || c == 0xFEFF || between(c, 0xFFF9, 0xFFFC);
}

void check(UErrorCode status) {
  if (U_FAILURE(status)) throw Error(ErrorKind::kInternal, fmt::format("ICU: {}", u_errorName(status)));
}

const icu::Normalizer2& canonical_composer() {
  UErrorCode status = U_ZERO_ERROR;
  const auto* instance = icu::Normalizer2::getNFCInstance(status);
  check(status);
  return *instance;
}

const icu::Normalizer2& compatibility_composer() {
  UErrorCode status = U_ZERO_ERROR;
  const auto* instance = icu::Normalizer2::getNFKCInstance(status);
  check(status);
  return *instance;
}

UnicodeString normalized(const icu::Normalizer2& form, const UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  UnicodeString out = form.normalize(text, status);
  check(status);
  return out;
}

UnicodeString straightened(UChar32 c) {
  if (is_single_quote(c)) return UnicodeString(u'\'');
  if (is_double_quote(c)) return UnicodeString(u'"');
  if (has_other_width(c)) return normalized(compatibility_composer(), UnicodeString(c));
  UnicodeString letters(c);
  if (is_latin_ligature(c)) compatibility_composer().getRawDecomposition(c, letters);
  return letters;
}

UnicodeString straighten(const UnicodeString& text) {
  UnicodeString out;
  for (int i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    out += straightened(is_c1_control(c) ? from_windows_1252(c) : c);
  }
  return out;
}

/// The length of the terminal escape sequence (ESC [ numbers letter) at `start`, or 0.
int terminal_escape_length(const UnicodeString& text, int start) {
  if (text.char32At(start) != kEscape || text.charAt(start + 1) != u'[') return 0;
  int end = start + 2;
  while (text.charAt(end) == u';' || u_isdigit(text.char32At(end))) end = text.moveIndex32(end, 1);
  const UChar32 last = text.char32At(end) | 0x20;
  return between(last, 'a', 'z') ? end + 1 - start : 0;
}

UnicodeString remove_controls(const UnicodeString& text) {
  UnicodeString out;
  for (int i = 0; i < text.length();) {
    const UChar32 c = text.char32At(i);
    const int escape = terminal_escape_length(text, i);
    if (!escape && !is_needless_control(c)) out += c;
    i = escape ? i + escape : text.moveIndex32(i, 1);
  }
  return out;
}

bool is_upper_case(std::string_view ascii) {
  return std::ranges::none_of(ascii, [](char c) { return c >= 'a' && c <= 'z'; });
}

/// `name` as a whole entity, or null.
const HtmlEntity* whole_entity(std::string_view name) {
  const HtmlEntity* entity = longest_html_entity(name);
  return entity && entity->name.size() == name.size() ? entity : nullptr;
}

/// "&EACUTE;" is no entity, but what it means in text that was put in capitals is clear.
std::string capital_entity_text(std::string_view reference) {
  std::string name(reference.substr(1));
  if (longest_html_entity(name) || !is_upper_case(name)) return std::string(reference);
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  const HtmlEntity* entity = whole_entity(name);
  if (!entity) return std::string(reference);
  auto text = UnicodeString::fromUTF8(entity->text).toUpper(icu::Locale::getRoot());
  std::string out;
  return text.toUTF8String(out);
}

/// `reference` from "&" to ";".
std::string reference_text(std::string_view reference) {
  if (const HtmlEntity* entity = whole_entity(reference.substr(1))) return std::string(entity->text);
  if (!reference.starts_with("&#")) return capital_entity_text(reference);
  const std::string text = html_unescape(reference);
  return text.find(';') == std::string::npos ? text : std::string(reference);
}

bool is_ascii_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The length of "&name;", "&#1;" or "&#xA;" at the beginning of `text`, or 0.
std::size_t complete_reference_length(std::string_view text) {
  constexpr std::size_t kLongest = 24;
  const std::size_t first = text.starts_with("&#") ? 2 : 1;
  std::size_t end = first;
  while (end < text.size() && is_ascii_alphanumeric(text[end])) ++end;
  const bool complete = end > first && end - first <= kLongest && text.substr(end).starts_with(';');
  return complete ? end + 1 : 0;
}

std::string unescape_complete_references(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = text[i] == '&' ? complete_reference_length(text.substr(i)) : 0;
    if (length)
      out += reference_text(text.substr(i, length));
    else
      out += text[i];
    i += std::max<std::size_t>(length, 1);
  }
  return out;
}

/// Repeats until nothing changes: a full-width "＆amp；" takes two rounds.
std::string fix_line(std::string line, bool unescape) {
  for (std::string before; before != line;) {
    before = line;
    if (unescape) line = unescape_complete_references(line);
    const auto fixed = remove_controls(straighten(UnicodeString::fromUTF8(line)));
    line.clear();
    normalized(canonical_composer(), fixed).toUTF8String(line);
  }
  return line;
}

}  // namespace

std::string fix_text(std::string_view utf8) {
  std::string out;
  bool unescape = true;
  while (!utf8.empty()) {
    const auto line = utf8.substr(0, std::min(utf8.find('\n'), utf8.size() - 1) + 1);
    unescape = unescape && line.find('<') == std::string_view::npos;
    out += fix_line(std::string(line), unescape);
    utf8.remove_prefix(line.size());
  }
  return out;
}

}  // namespace clipmill
