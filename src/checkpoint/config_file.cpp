#include "checkpoint/config_file.h"

#include <cmath>

#include "base/atomic_file.h"
#include "base/text.h"
#include "checkpoint/strict_json.h"

namespace clipmill {
namespace {

using nlohmann::json;

bool is_count(const json& value, int max) {
  return value.is_number_integer() && value.get<std::int64_t>() >= 1 && value.get<std::int64_t>() <= max;
}

}  // namespace

ConfigFile ConfigFile::read(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) throw input_error("{} is missing", path.string());
  return ConfigFile(parse_strict_json(read_file(path), path.string()), path.string());
}

bool ConfigFile::has(std::string_view key) const { return !value(key).is_null(); }

const json& ConfigFile::value(std::string_view key) const {
  static const json kNull;
  const auto found = object_.find(key);
  return found == object_.end() ? kNull : *found;
}

int ConfigFile::integer(std::string_view key, int fallback, int max) const {
  if (!object_.contains(key)) return fallback;
  if (!is_count(value(key), max)) throw wrong_type(key, fmt::format("an integer from 1 to {}", max));
  return value(key).get<int>();
}

double ConfigFile::number(std::string_view key, double fallback) const {
  if (!object_.contains(key)) return fallback;
  if (!value(key).is_number()) throw wrong_type(key, "a number");
  return value(key).get<double>();
}

double ConfigFile::positive(std::string_view key, double fallback) const {
  const double result = number(key, fallback);
  if (!(result > 0) || !std::isfinite(result)) throw wrong_type(key, "a number above 0");
  return result;
}

bool ConfigFile::flag(std::string_view key, bool fallback) const {
  if (!object_.contains(key)) return fallback;
  if (!value(key).is_boolean()) throw wrong_type(key, "true or false");
  return value(key).get<bool>();
}

std::string ConfigFile::text(std::string_view key, std::string_view fallback) const {
  if (!object_.contains(key)) return std::string(fallback);
  if (!value(key).is_string()) throw wrong_type(key, "a string");
  return value(key).get<std::string>();
}

std::vector<int> ConfigFile::integers(std::string_view key, std::vector<int> fallback, int max) const {
  if (!object_.contains(key)) return fallback;
  std::vector<int> result;
  for (const json& item : list(key)) {
    if (!is_count(item, max)) throw wrong_type(key, fmt::format("a list of integers from 1 to {}", max));
    result.push_back(item.get<int>());
  }
  return result;
}

std::vector<double> ConfigFile::numbers(std::string_view key, std::vector<double> fallback) const {
  if (!object_.contains(key)) return fallback;
  std::vector<double> result;
  for (const json& item : list(key)) {
    if (!item.is_number()) throw wrong_type(key, "a list of numbers");
    result.push_back(item.get<double>());
  }
  return result;
}

std::vector<bool> ConfigFile::flags(std::string_view key, std::vector<bool> fallback) const {
  if (!object_.contains(key)) return fallback;
  std::vector<bool> result;
  for (const json& item : list(key)) {
    if (!item.is_boolean()) throw wrong_type(key, "a list of true and false");
    result.push_back(item.get<bool>());
  }
  return result;
}

Error ConfigFile::error(std::string_view key, std::string_view what) const {
  return input_error("{}: {}: {}", place_, key, what);
}

void ConfigFile::expect_class(std::string_view expected) const {
  const std::string found = text("_class_name", expected);
  if (found == expected) return;
  throw error("_class_name",
              fmt::format("model_index.json says {}, this file says \"{}\"", expected, shorten(found, 80)));
}

const json& ConfigFile::list(std::string_view key) const {
  const json& found = value(key);
  if (!found.is_array()) throw wrong_type(key, "a list");
  return found;
}

Error ConfigFile::wrong_type(std::string_view key, std::string_view expected) const {
  return error(key, fmt::format("must be {}, not {}", expected, shorten(value(key).dump(), 80)));
}

}  // namespace clipmill
