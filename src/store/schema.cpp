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
    // New states and outcomes: a CHECK cannot be changed, so that both tables are made anew.
    R"(
    CREATE TABLE new_jobs (
      id              INTEGER PRIMARY KEY AUTOINCREMENT,
      output          TEXT NOT NULL UNIQUE,
      spec            TEXT NOT NULL,
      state           TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled', 'quarantined')),
      attempt         INTEGER,
      attempts        INTEGER NOT NULL DEFAULT 0,
      crashes         INTEGER NOT NULL DEFAULT 0, -- workers that died of it
      held            INTEGER NOT NULL DEFAULT 0,
      failure_kind    TEXT,
      failure_message TEXT,
      failure_hint    TEXT,
      output_bytes    INTEGER,
      output_modified INTEGER,
      seconds         REAL,
      submitted       REAL NOT NULL
    ) STRICT;
    INSERT INTO new_jobs (id, output, spec, state, attempt, attempts, failure_kind, failure_message, failure_hint,
                          output_bytes, output_modified, seconds, submitted)
      SELECT id, output, spec, state, attempt, attempts, failure_kind, failure_message, failure_hint,
             output_bytes, output_modified, seconds, submitted FROM jobs;
    CREATE TABLE new_attempts (
      id      INTEGER PRIMARY KEY AUTOINCREMENT,
      job     INTEGER NOT NULL REFERENCES jobs (id),
      device  TEXT NOT NULL,
      started REAL NOT NULL,
      ended   REAL,
      outcome TEXT,                               -- done, superseded, interrupted, or the kind of the failure
      message TEXT,                               -- the failure's: the evidence
      before  INTEGER                             -- output_modified of what lay there when it began
    ) STRICT;
    INSERT INTO new_attempts (id, job, device, started, ended, outcome)
      SELECT id, job, device, started, ended, outcome FROM attempts;
    DROP TABLE jobs;
    DROP TABLE attempts;
    ALTER TABLE new_jobs RENAME TO jobs;
    ALTER TABLE new_attempts RENAME TO attempts;
    CREATE UNIQUE INDEX jobs_by_attempt ON jobs (attempt);
    CREATE INDEX attempts_by_job ON attempts (job);
    CREATE TABLE needs (
      job    INTEGER NOT NULL REFERENCES jobs (id),
      needed INTEGER NOT NULL REFERENCES jobs (id),
      PRIMARY KEY (job, needed)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX needs_by_needed ON needs (needed);
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    )",
    R"(
    CREATE TABLE measurements (
      id         INTEGER PRIMARY KEY AUTOINCREMENT,
      model      TEXT NOT NULL,
      device     TEXT NOT NULL,
      plan       TEXT NOT NULL,
      stage      TEXT NOT NULL,
      width      INTEGER NOT NULL,
      height     INTEGER NOT NULL,
      frames     INTEGER NOT NULL,
      steps      INTEGER NOT NULL,
      guided     INTEGER NOT NULL,
      amount     REAL NOT NULL,                   -- the work as it was reckoned then
      bytes      REAL NOT NULL,
      fits       INTEGER NOT NULL,                -- 0: it ran out of memory
      seconds    REAL NOT NULL,
      peak_bytes INTEGER NOT NULL                 -- where it did not fit: what was reserved
    ) STRICT;
    CREATE INDEX measurements_by_key ON measurements (model, device, plan, stage, fits);
    )",
    // Counting jobs by state, without reading them.
    "CREATE INDEX jobs_by_state ON jobs (state);",
    // When and where stages ran, also those that did not come to their end, and what devices waited for.
    R"(
    ALTER TABLE stages ADD COLUMN device  TEXT;   -- the parts of one attempt may run on two
    ALTER TABLE stages ADD COLUMN started REAL;   -- NULL, as all of these, in rows of older stores
    ALTER TABLE stages ADD COLUMN ended   REAL;
    ALTER TABLE stages ADD COLUMN plan    TEXT;
    ALTER TABLE stages ADD COLUMN outcome TEXT;   -- done, repeated, or what ended its attempt before
    CREATE INDEX stages_by_end ON stages (ended);
    CREATE INDEX attempts_by_end ON attempts (ended);
    CREATE TABLE waits (                          -- until the device's next row
      device TEXT NOT NULL,
      since  REAL NOT NULL,
      why    TEXT NOT NULL
    ) STRICT;
    CREATE INDEX waits_by_device ON waits (device, since);
    )",
    // Attempts and stages outlive their job, and what jobs were is remembered for them: a clip that is
    // deleted after it was fetched leaves no hole in the account. Attempts are made anew, without the
    // reference, and go on with their numbers.
    R"(
    CREATE TABLE new_attempts (
      id      INTEGER PRIMARY KEY AUTOINCREMENT,
      job     INTEGER NOT NULL,
      device  TEXT NOT NULL,
      started REAL NOT NULL,
      ended   REAL,
      outcome TEXT,
      message TEXT,
      before  INTEGER
    ) STRICT;
    INSERT INTO new_attempts (id, job, device, started, ended, outcome, message, before)
      SELECT id, job, device, started, ended, outcome, message, before FROM attempts;
    DELETE FROM sqlite_sequence WHERE name = 'new_attempts';
    INSERT INTO sqlite_sequence (name, seq) SELECT 'new_attempts', seq FROM sqlite_sequence WHERE name = 'attempts';
    DROP TABLE attempts;
    ALTER TABLE new_attempts RENAME TO attempts;
    CREATE INDEX attempts_by_job ON attempts (job);
    CREATE INDEX attempts_by_end ON attempts (ended);
    CREATE TABLE past_jobs (                      -- forgotten ones that have attempts
      id        INTEGER PRIMARY KEY,
      spec      TEXT NOT NULL,                    -- without what it showed
      submitted REAL NOT NULL
    ) STRICT;
    )",
};

}  // namespace

void migrate(Database& database, const std::string& file) {
  const auto current = static_cast<std::int64_t>(kMigrations.size());
  // Tables that are made anew keep the references to them; a pragma that only holds outside of transactions.
  database.execute("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;");
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
  database.execute("PRAGMA foreign_keys = ON; PRAGMA legacy_alter_table = OFF;");
}

}  // namespace clipmill
