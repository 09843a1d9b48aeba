#include "manifest/toml_reader.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "base/text.h"
#include "manifest/toml_depth.h"
#include "manifest/toml_library.h"

namespace clipmill {
namespace {

constexpr std::string_view kDefaults = "defaults", kClip = "clip", kOutputFolder = "output_folder";

int line_of(const toml::source_region& source) { return static_cast<int>(source.begin.line); }
int column_of(const toml::source_region& source) { return static_cast<int>(source.begin.column); }

OtherValue other(const toml::node& node) {
  if (node.is_table()) return {"a table"};
  if (node.is_array()) return {"a list"};
  if (node.is_boolean()) return {"a boolean"};
  return {"a date or time"};
}

/// nullopt unless all of them are texts.
std::optional<std::vector<std::string>> texts_of(const toml::array& array) {
  std::vector<std::string> texts;
  for (const toml::node& item : array) {
    const auto* text = item.as_string();
    if (!text) return std::nullopt;
    texts.push_back(text->get());
  }
  return texts;
}

EntryValue array_value(const toml::array& array) {
  if (auto texts = texts_of(array); texts && !texts->empty()) return *std::move(texts);
  std::vector<std::int64_t> numbers;
  for (const toml::node& item : array) {
    const auto* number = item.as_integer();
    if (!number) return OtherValue{"a list of other things than whole numbers"};
    numbers.push_back(number->get());
  }
  return numbers;
}

EntryValue value_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return whole->get();
  if (const auto* real = node.as_floating_point()) return real->get();
  if (const auto* array = node.as_array()) return array_value(*array);
  return other(node);
}

Entry entry_of(const toml::key& key, const toml::node& node) {
  const int line = line_of(key.source());
  return {std::string(key.str()), value_of(node), line, column_of(key.source()), line};
}

std::vector<Entry> entries_of(const toml::table& table) {
  std::vector<Entry> entries;
  for (const auto& [key, node] : table) entries.push_back(entry_of(key, node));
  return entries;
}

class TomlDocument {
 public:
  Document take(const toml::table& root) {
    for (const auto& [key, node] : root) place(key, node);
    document_.defaults = {std::move(top_level_), std::move(defaults_)};
    return std::move(document_);
  }

 private:
  void place(const toml::key& key, const toml::node& node) {
    if (key == kDefaults) {
      read_defaults(key, node);
    } else if (key == kClip) {
      read_clips(key, node);
    } else if (key == kOutputFolder) {
      document_.output_folder = entry_of(key, node);
    } else if (node.is_table() || node.is_array_of_tables()) {
      unknown_table(key);
    } else {
      top_level_.push_back(entry_of(key, node));
    }
  }

  void read_defaults(const toml::key& key, const toml::node& node) {
    if (const auto* table = node.as_table()) {
      defaults_ = entries_of(*table);
    } else {
      problem(key, "defaults must be one table: [defaults]");
    }
  }

  void read_clips(const toml::key& key, const toml::node& node) {
    if (!node.is_array_of_tables()) return problem(key, "each clip is a table of its own: [[clip]]");
    for (const toml::node& clip : *node.as_array()) {
      document_.clips.push_back({line_of(clip.source()), entries_of(*clip.as_table())});
    }
  }

  void unknown_table(const toml::key& key) {
    static constexpr std::array kTables = {kDefaults, kClip};
    const std::string_view close = nearest(key.str(), kTables);
    const std::string_view tables = close == kClip       ? "did you mean [[clip]]?"
                                    : close == kDefaults ? "did you mean [defaults]?"
                                                         : "there are [defaults] and [[clip]]";
    problem(key, fmt::format("unknown table \"{}\": {}", shorten(key.str(), 60), tables));
  }

  void problem(const toml::key& key, std::string message) {
    document_.problems.push_back({{}, line_of(key.source()), column_of(key.source()), std::move(message)});
  }

  Document document_;
  std::vector<Entry> top_level_, defaults_;
};

}  // namespace

Document read_toml(std::string_view text) {
  if (const int line = line_of_deep_key(text)) {
    return {.problems = {{{}, line, 0, "a key with too many dots"}}};
  }
  try {
    return TomlDocument().take(toml::parse(text));
  } catch (const toml::parse_error& error) {
    const toml::source_region& source = error.source();
    return {.problems = {{{}, line_of(source), column_of(source), std::string(error.description())}}};
  }
}

}  // namespace clipmill
