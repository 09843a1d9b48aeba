// How what ran looks as rows of the store.
#pragma once

#include "core/history.h"
#include "store/database.h"

namespace clipmill {

/// Whether the file tells when stages ran: not where an older clipmill made it.
bool has_history(const Database& database);
/// All that was written and reaches into the time since `since`; what no row ends goes on until `now`.
History history_rows(const Database& database, double since, double now);
/// The last time (Unix seconds) of which anything was written; 0: never.
double last_heard(const Database& database);
/// A budget is kept as the setting of this key.
std::string budget_key(const std::string& device);

}  // namespace clipmill
