// The version of both programs.
#pragma once

#include <string_view>

namespace clipmill {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace clipmill
