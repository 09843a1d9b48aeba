// An Account for people on a terminal, and for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "observe/account.h"

namespace clipmill {

/// Several lines: what each stage took, the clips that ran (all of up to 20, otherwise only failed ones),
/// totals.
std::string summary_table(const Account& account);

/// {"jobs": […], "stages": […], "totals": {…}}; seconds and bytes.
nlohmann::json to_json(const Account& account);

}  // namespace clipmill
