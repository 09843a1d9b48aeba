// Problems put in order for a reader.
#pragma once

#include <string_view>
#include <vector>

#include "manifest/diagnostic.h"

namespace clipmill {

/// The problems as `file`'s, in the order of its lines, each said once.
std::vector<Diagnostic> sorted_problems(std::string_view file, std::vector<Diagnostic> problems);

/// Throws ManifestError with them, if there are any.
void report_problems(std::string_view file, std::vector<Diagnostic> problems);

}  // namespace clipmill
