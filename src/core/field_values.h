// What a user may write for an option of a job, checked and read: each throws Error(kInput) that says what is
// allowed. The caller names the place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/job_fields.h"

namespace clipmill::field_values {

inline constexpr int kLongestSide = 16384;  // pixels
inline constexpr std::size_t kLongestRecipe = 1 << 20;
inline constexpr double kLongestSeconds = 1e7;

std::int64_t integer(const FieldValue& value, std::int64_t least, std::int64_t most);
double number(const FieldValue& value, double least, double most);
const std::string& text(const FieldValue& value, std::size_t longest = kLongestText);

/// The pieces of a list, and back.
std::vector<std::string> outputs_in(std::string_view list);
std::string joined(const std::vector<std::string>& list);

Precision precision(const FieldValue& value);
/// Whether "int8" is allowed; "" and "no": nothing is.
bool approximation(const FieldValue& value);
JobKind kind(const FieldValue& value);
/// What makes the clip.
JobKind engine(const FieldValue& value);
std::vector<std::string> command_words(const FieldValue& value);
std::vector<std::string> variables(const FieldValue& value);
/// "" and "0" mean none.
std::int64_t bytes(const FieldValue& value);
std::string progress_pattern(const FieldValue& value);
std::string sampler(const FieldValue& value);
/// "1920x1080" into two numbers.
std::pair<int, int> size(const FieldValue& value);
/// Any other extension than .mp4 would promise another format.
const std::string& clip_file(const FieldValue& value);

}  // namespace clipmill::field_values
