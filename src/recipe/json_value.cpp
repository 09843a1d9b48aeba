#include "recipe/json_value.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestValue = 4096;
constexpr std::size_t kLongestList = 10'000;

std::string shown(const json& value) {
  if (value.is_object()) return "a table";
  if (value.is_array()) return "a list";
  return shorten(value.dump(-1, ' ', false, json::error_handler_t::replace), 60);
}

const json& list(const json& value, std::string_view of) {
  if (!value.is_array()) throw input_error("must be a list of {}, not {}", of, shown(value));
  if (value.size() > kLongestList)
    throw input_error("has {} entries: at most {}", value.size(), kLongestList);
  return value;
}

template <typename Value, typename Read>
std::vector<Value> each(const json& value, std::string_view of, Read read) {
  std::vector<Value> values;
  for (const json& item : list(value, of)) values.push_back(read(item));
  return values;
}

}  // namespace

std::int64_t integer_of(const json& value, std::int64_t least, std::int64_t most) {
  const bool whole = value.is_number_integer() ||
                     (value.is_number_float() && value.get<double>() == std::floor(value.get<double>()) &&
                      std::abs(value.get<double>()) < 1e15);
  if (!whole) throw input_error("must be a whole number, not {}", shown(value));
  const bool beyond = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
  if (beyond || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most)
    throw input_error("must be from {} to {}, not {}", least, most, shown(value));
  return value.get<std::int64_t>();
}

std::int64_t bytes_of(const json& value) {
  return value.is_string() ? parse_bytes(text_of(value)) : integer_of(value, 1, std::int64_t{1} << 62);
}

double number_of(const json& value, double least, double most) {
  if (!value.is_number()) throw input_error("must be a number, not {}", shown(value));
  const double number = value.get<double>();
  if (!(number >= least && number <= most))
    throw input_error("must be from {:g} to {:g}, not {:g}", least, most, number);
  return number;
}

bool flag_of(const json& value) {
  if (!value.is_boolean()) throw input_error("must be true or false, not {}", shown(value));
  return value.get<bool>();
}

std::string text_of(const json& value) {
  if (!value.is_string()) throw input_error("must be a text in quotes, not {}", shown(value));
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > kLongestValue)
    throw input_error("is {} bytes long: at most {}", text.size(), kLongestValue);
  if (text.find('\0') != std::string::npos) throw input_error("must not hold a NUL byte");
  if (!is_utf8(text)) throw input_error("must be valid UTF-8");
  return text;
}

std::string choice_of(const json& value, std::span<const std::string_view> choices) {
  const std::string text = text_of(value);
  if (std::ranges::find(choices, text) == choices.end())
    throw input_error("must be one of {}, not {}", fmt::join(choices, ", "), shown(value));
  return text;
}

std::vector<int> integers_of(const json& value, int least, int most) {
  return each<int>(value, "whole numbers",
                   [&](const json& item) { return static_cast<int>(integer_of(item, least, most)); });
}

std::vector<double> numbers_of(const json& value, double least, double most) {
  return each<double>(value, "numbers", [&](const json& item) { return number_of(item, least, most); });
}

std::vector<bool> flags_of(const json& value) { return each<bool>(value, "true and false", flag_of); }

std::vector<std::string> texts_of(const json& value) { return each<std::string>(value, "texts", text_of); }

}  // namespace clipmill
