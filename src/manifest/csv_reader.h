// A manifest in CSV: a header row of keys, then one clip a record.
#pragma once

#include <string_view>

#include "manifest/document.h"

namespace clipmill {

/// An empty cell leaves its key at the default. Records that do not fit the header become problems.
Document read_csv(std::string_view text);

}  // namespace clipmill
