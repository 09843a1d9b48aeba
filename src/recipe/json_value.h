// Values of settings, checked. Each function throws Error(kInput) that says what is allowed; the caller names
// the setting.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clipmill {

std::int64_t integer_of(const nlohmann::json& value, std::int64_t least, std::int64_t most);
/// "2 GiB", or a number of bytes; at least 1.
std::int64_t bytes_of(const nlohmann::json& value);
double number_of(const nlohmann::json& value, double least, double most);
bool flag_of(const nlohmann::json& value);
std::string text_of(const nlohmann::json& value);
/// One of `choices`.
std::string choice_of(const nlohmann::json& value, std::span<const std::string_view> choices);

std::vector<int> integers_of(const nlohmann::json& value, int least, int most);
std::vector<double> numbers_of(const nlohmann::json& value, double least, double most);
std::vector<bool> flags_of(const nlohmann::json& value);
std::vector<std::string> texts_of(const nlohmann::json& value);

}  // namespace clipmill
