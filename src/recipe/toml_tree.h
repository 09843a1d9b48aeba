// A TOML file as a tree with places.
#pragma once

#include <string_view>

#include "manifest/diagnostic.h"
#include "recipe/located_json.h"

namespace clipmill {

/// What is not TOML, and dates and times, which no setting is, are added to `problems`.
LocatedJson read_toml_tree(std::string_view text, std::vector<Diagnostic>& problems);

/// One value as TOML writes it; text without quotes is itself.
nlohmann::json toml_value(std::string_view text);

}  // namespace clipmill
