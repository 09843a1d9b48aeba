#include "store/schema.h"

#include <array>

#include "base/error.h"
#include "store/transaction.h"

namespace clipmill {
namespace {

// Entry n turns schema n into n+1. Released entries never change; a new schema is a new entry.
constexpr std::array kMigrations = {
    R"(
    CREATE TABLE jobs (
      id              INTEGER PRIMARY KEY AUTOINCREMENT,
      output          TEXT NOT NULL UNIQUE,
      spec            TEXT NOT NULL,              -- JSON, as job_fields.h has it
      state           TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
      attempt         INTEGER,                    -- the current one; any other is fenced off
      attempts        INTEGER NOT NULL DEFAULT 0,
      failure_kind    TEXT,
      failure_message TEXT,
      failure_hint    TEXT,
      output_bytes    INTEGER,
      output_modified INTEGER,                    -- nanoseconds, of the file when it was done
      seconds         REAL,
      submitted       REAL NOT NULL               -- this and other times: Unix seconds
    ) STRICT;
    CREATE TABLE attempts (
      id      INTEGER PRIMARY KEY AUTOINCREMENT,  -- never reused: the fencing token
      job     INTEGER NOT NULL REFERENCES jobs (id),
      device  TEXT NOT NULL,
      started REAL NOT NULL,
      ended   REAL,
      outcome TEXT CHECK (outcome IN ('done', 'failed', 'given_back', 'superseded', 'interrupted'))
    ) STRICT;
    CREATE TABLE stages (
      attempt    INTEGER NOT NULL REFERENCES attempts (id),
      stage      TEXT NOT NULL,
      seconds    REAL NOT NULL,
      peak_bytes INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX jobs_by_attempt ON jobs (attempt);
    CREATE INDEX attempts_by_job ON attempts (job);
    CREATE INDEX stages_by_attempt ON stages (attempt);
    )",
};

}  // namespace

void migrate(Database& database, const std::string& file) {
  const auto current = static_cast<std::int64_t>(kMigrations.size());
  Transaction transaction(database);
  std::int64_t version = database.integer("PRAGMA user_version");
  if (version < 0 || version > current) {
    throw Error(ErrorKind::kInput,
                fmt::format("{} was written by a newer clipmill (schema {}; this one knows {})", file,
                            version, current),
                "update clipmill, or give another store");
  }
  for (; version < current; ++version) database.execute(kMigrations[static_cast<std::size_t>(version)]);
  database.execute(fmt::format("PRAGMA user_version = {}", current));
  transaction.commit();
}

}  // namespace clipmill
