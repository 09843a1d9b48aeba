// For tests: jobs written as manifests.
#pragma once

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/job_fields.h"

namespace clipmill::test {

/// A clip as the keys that a manifest sets.
using Clip = std::map<std::string, FieldValue>;

inline std::string toml_text(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      quoted += fmt::format("\\u{:04X}", byte);
    } else {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
  }
  return quoted + '"';
}

inline std::string toml_value(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return toml_text(*text);
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *whole);
  return fmt::format("{}", std::get<double>(value));
}

inline std::string as_toml(const std::vector<Clip>& clips) {
  std::string text;
  for (const Clip& clip : clips) {
    text += "[[clip]]\n";
    for (const auto& [key, value] : clip) text += fmt::format("{} = {}\n", key, toml_value(value));
  }
  return text;
}

inline std::string as_jsonl(const std::vector<Clip>& clips) {
  std::string text;
  for (const Clip& clip : clips) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& [key, value] : clip)
      std::visit([&, &name = key](const auto& v) { object[name] = v; }, value);
    text += object.dump() + "\n";
  }
  return text;
}

/// Every field quoted.
inline std::string csv_row(const std::vector<std::string>& fields) {
  std::string row;
  for (const std::string& field : fields) {
    row += row.empty() ? "\"" : ",\"";
    for (const char c : field) row += c == '"' ? "\"\"" : std::string(1, c);
    row += '"';
  }
  return row + "\r\n";
}

inline std::string as_csv(const std::vector<Clip>& clips) {
  std::set<std::string> keys;
  for (const Clip& clip : clips) {
    for (const auto& [key, value] : clip) keys.insert(key);
  }
  std::string text = csv_row({keys.begin(), keys.end()});
  for (const Clip& clip : clips) {
    std::vector<std::string> row;
    for (const std::string& key : keys) {
      const auto value = clip.find(key);
      row.push_back(value == clip.end()
                        ? ""
                        : std::visit([](const auto& v) { return fmt::format("{}", v); }, value->second));
    }
    text += csv_row(row);
  }
  return text;
}

}  // namespace clipmill::test
