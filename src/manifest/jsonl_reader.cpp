#include "manifest/jsonl_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"

namespace clipmill {
namespace {

using nlohmann::json;

bool fits(const json& value) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  return value.is_number_integer() && !(value.is_number_unsigned() && value.get<std::uint64_t>() > kMost);
}

EntryValue array_value(const json& array) {
  const bool texts = std::ranges::all_of(array, [](const json& item) { return item.is_string(); });
  if (texts && !array.empty()) return array.get<std::vector<std::string>>();
  std::vector<std::int64_t> numbers;
  for (const json& item : array) {
    if (!fits(item)) return OtherValue{"a list of other things than whole numbers"};
    numbers.push_back(item.get<std::int64_t>());
  }
  return numbers;
}

EntryValue value_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (fits(value)) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_array()) return array_value(value);
  if (value.is_object()) return OtherValue{"an object"};
  return OtherValue{value.is_null() ? "null" : "a boolean"};
}

/// The library's message without its own name and place: "syntax error while parsing …".
std::string reason(const json::exception& error) {
  std::string_view text = error.what();
  text.remove_prefix(text.find("] ") + 2);
  if (const auto column = text.find("column "); column != text.npos) {
    text.remove_prefix(text.find(": ", column) + 2);
  }
  return fmt::format("not JSON: {}", shorten(text, 200));
}

class JsonlDocument {
 public:
  void read_line(std::string_view text, int line) {
    line_ = line;
    try {
      add(json::parse(text, [&](int depth, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::key && depth == 1) note_key(parsed.get_ref<const std::string&>());
        return true;
      }));
    } catch (const json::parse_error& error) {
      problem(reason(error), static_cast<int>(error.byte));
    } catch (const json::exception& error) {  // a number beyond a double
      problem(reason(error));
    }
    keys_.clear();
  }

  Document take() { return std::move(document_); }

 private:
  /// The library itself lets the last of two equal keys win in silence.
  void note_key(const std::string& key) {
    if (!keys_.insert(key).second) problem(fmt::format("key \"{}\" twice", shorten(key, 60)));
  }

  void add(const json& object) {
    if (!object.is_object()) return problem("each line is an object: {\"prompt\": \"…\"}");
    Record clip{line_, {}};
    for (const auto& [key, value] : object.items())
      clip.entries.push_back({key, value_of(value), line_, 0, line_});
    document_.clips.push_back(std::move(clip));
  }

  void problem(std::string message, int column = 0) {
    document_.problems.push_back({{}, line_, column, std::move(message)});
  }

  Document document_;
  std::set<std::string> keys_;
  int line_ = 0;
};

}  // namespace

Document read_jsonl(std::string_view text) {
  JsonlDocument document;
  for (int line = 1; !text.empty(); ++line) {
    const std::string_view content = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(content.size() + 1, text.size()));
    if (content.find_first_not_of(" \t\r") != content.npos) document.read_line(content, line);
  }
  return document.take();
}

}  // namespace clipmill
