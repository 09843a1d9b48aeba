// A clip that a program of the user's makes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace clipmill {

/// `words` and `variables` hold placeholders (core/command_text.h).
struct CommandSpec {
  std::vector<std::string> words;      ///< program, looked for in PATH, and its arguments; no shell
  std::vector<std::string> variables;  ///< "NAME=VALUE", added to the environment
  std::string working_folder;          ///< empty: the worker's
  std::int64_t memory_bytes = 0;       ///< device bytes it may hold at its peak; 0: not known
  std::string progress;                ///< regular expression (ECMAScript); empty: the default
  int tracemalloc = 0;                 ///< lines of Python's memory report; 0: none
};

}  // namespace clipmill
