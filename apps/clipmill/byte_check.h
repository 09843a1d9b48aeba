// A check of flags that take bytes: a wrong one is told with the flag's name.
#pragma once

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/units.h"

namespace clipmill {

inline CLI::Validator byte_check() {
  return CLI::Validator(
      [](std::string& text) {
        try {
          parse_bytes(text);
          return std::string();
        } catch (const Error& error) {
          return std::string(error.what());
        }
      },
      "");
}

}  // namespace clipmill
