// One thing that is wrong in a file, with its place.
#pragma once

#include <string>

namespace clipmill {

struct Diagnostic {
  std::string file;
  int line = 0;    ///< from 1; 0: unknown
  int column = 0;  ///< from 1, in bytes or characters as the format's reader counts; 0: unknown
  std::string message;
};

/// `shots.toml:12: unknown key "fames": did you mean "frames"?`
std::string to_string(const Diagnostic& diagnostic);

}  // namespace clipmill
