#include "core/field_values.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "core/command_text.h"
#include "core/words.h"

namespace clipmill::field_values {
namespace {

std::string shown(const FieldValue& value) {
  return shorten(std::visit([](const auto& v) { return fmt::format("{}", v); }, value), 60);
}

}  // namespace

std::int64_t integer(const FieldValue& value, std::int64_t least, std::int64_t most) {
  std::int64_t number = 0;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    number = *whole;
  } else if (const auto* real = std::get_if<double>(&value);
             real && *real == std::floor(*real) && std::abs(*real) < 1e15) {
    number = static_cast<std::int64_t>(*real);
  } else {
    throw input_error("must be a whole number, not \"{}\"", shown(value));
  }
  if (number < least || number > most)
    throw input_error("must be from {} to {}, not {}", least, most, number);
  return number;
}

double number(const FieldValue& value, double least, double most) {
  double result = 0;
  if (const auto* real = std::get_if<double>(&value)) {
    result = *real;
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    result = static_cast<double>(*whole);
  } else {
    throw input_error("must be a number, not \"{}\"", shown(value));
  }
  if (!(result >= least && result <= most))
    throw input_error("must be from {:g} to {:g}, not {:g}", least, most, result);
  return result;
}

const std::string& text(const FieldValue& value, std::size_t longest) {
  const auto* result = std::get_if<std::string>(&value);
  if (!result) throw input_error("must be a text in quotes, not {}", shown(value));
  if (result->size() > longest) throw input_error("is {} bytes long: at most {}", result->size(), longest);
  if (result->find('\0') != std::string::npos) throw input_error("must not hold a NUL byte");
  if (!is_utf8(*result)) throw input_error("must be valid UTF-8");
  return *result;
}

std::vector<std::string> outputs_in(std::string_view list) {
  const auto found = pieces(list, kListSeparator);
  return {found.begin(), found.end()};
}

std::string joined(const std::vector<std::string>& list) {
  return fmt::format("{}", fmt::join(list, std::string(1, kListSeparator)));
}

Precision precision(const FieldValue& value) { return precision_from(text(value)); }

bool approximation(const FieldValue& value) {
  const std::string& allowed = text(value);
  if (allowed == "int8") return true;
  if (allowed.empty() || allowed == "no") return false;
  throw input_error("must be int8 or no, not \"{}\"", shown(value));
}

JobKind kind(const FieldValue& value) {
  for (const JobKind choice :
       {JobKind::kClip, JobKind::kTrain, JobKind::kEvaluate, JobKind::kBatch, JobKind::kCommand}) {
    if (text(value) == to_string(choice)) return choice;
  }
  throw input_error("must be clip, train, evaluate, batch or command, not \"{}\"", shown(value));
}

JobKind engine(const FieldValue& value) {
  if (text(value) == "clipmill") return JobKind::kClip;
  if (text(value) == "command") return JobKind::kCommand;
  throw input_error("must be clipmill or command, not \"{}\"", shown(value));
}

std::vector<std::string> command_words(const FieldValue& value) {
  std::vector<std::string> words = split_words(text(value));
  for (const std::string& word : words) check_command_text(word);
  return words;
}

std::vector<std::string> variables(const FieldValue& value) {
  std::vector<std::string> words = command_words(value);
  for (const std::string& word : words) {
    if (word.find('=') == word.npos || word.starts_with('='))
      throw input_error("must be NAME=VALUE, not \"{}\"", shorten(word, 60));
  }
  return words;
}

std::int64_t bytes(const FieldValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return integer(*whole, 0, 1LL << 62);
  const std::string& amount = text(value);
  return amount.empty() || amount == "0" ? 0 : parse_bytes(amount);
}

std::string progress_pattern(const FieldValue& value) {
  const std::string& pattern = text(value);
  if (!pattern.empty()) check_progress_pattern(pattern);
  return pattern;
}

std::string sampler(const FieldValue& value) {
  const std::string& name = text(value);
  if (name != "auto" && name != "unipc" && name != "euler") {
    throw input_error("must be auto, unipc or euler, not \"{}\"", shown(value));
  }
  return name;
}

std::pair<int, int> size(const FieldValue& value) {
  const std::string& both = text(value);
  int width = 0, height = 0;
  const char* end = both.data() + both.size();
  const auto first = std::from_chars(both.data(), end, width);
  if (first.ec == std::errc() && first.ptr != end && *first.ptr == 'x') {
    const auto second = std::from_chars(first.ptr + 1, end, height);
    const bool whole = second.ec == std::errc() && second.ptr == end;
    if (whole && std::min(width, height) > 0 && std::max(width, height) <= kLongestSide)
      return {width, height};
  }
  throw input_error("must be WIDTHxHEIGHT in pixels up to 16384, as \"832x480\", not \"{}\"", shown(value));
}

const std::string& clip_file(const FieldValue& value) {
  const std::string& path = text(value);
  if (!path.empty() && !path.ends_with(".mp4"))
    throw input_error("must end in .mp4, not \"{}\"", shown(value));
  return path;
}

}  // namespace clipmill::field_values
