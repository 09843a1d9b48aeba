// A manifest in TOML: top-level keys and [defaults] for all clips, one [[clip]] table each.
#pragma once

#include <string_view>

#include "manifest/document.h"

namespace clipmill {

/// What is not TOML, and tables with unknown names, become problems of the document.
Document read_toml(std::string_view text);

}  // namespace clipmill
