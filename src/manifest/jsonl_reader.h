// A manifest in JSON Lines: one object a line, one clip each.
#pragma once

#include <string_view>

#include "manifest/document.h"

namespace clipmill {

/// Blank lines are left out. Lines that are no JSON object become problems of the document.
Document read_jsonl(std::string_view text);

}  // namespace clipmill
