// Out of memory as a trainer tells it: what did not fit, the budget, the remedies.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "core/stage.h"

namespace clipmill {

/// "<what> did not fit the 2.0 GiB of memory it was given<kept>", with what needs less memory in `stage` as
/// the hint. `budget` in bytes, 0: the device's own memory. `kept`: "; the state after step 40 is kept in …".
Error memory_error(Stage stage, std::string_view what, std::int64_t budget, std::string_view kept = "");

}  // namespace clipmill
