// The tables of a store, and how an older store becomes a current one.
#pragma once

#include "store/database.h"

namespace clipmill {

/// Brings `database` to the current schema (SQLite's user_version). Throws Error(kInput) if it is newer than
/// this program.
void migrate(Database& database, const std::string& file);

}  // namespace clipmill
