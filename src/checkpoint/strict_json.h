// JSON from files that strangers wrote: a repeated key or absurd nesting is an error, not a silent choice.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace clipmill {

/// `text` as one JSON object. Throws Error(kInput) that begins with `place`.
nlohmann::json parse_strict_json(std::string_view text, std::string_view place);

}  // namespace clipmill
