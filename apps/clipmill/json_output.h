// What a command prints under --json.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace clipmill {

/// On stdout, indented; bytes that are no UTF-8 are replaced.
template <typename Json>
void print_indented(const Json& object) {
  fmt::print("{}\n", object.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace clipmill
