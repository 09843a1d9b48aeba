#include "store/job_statements.h"

#include <fmt/format.h>

#include "store/job_rows.h"

namespace clipmill {

JobStatements::JobStatements(const Database& db)
    : find(db, "SELECT id, spec, state, output_bytes, output_modified FROM jobs WHERE output = ?1"),
      add(db, "INSERT INTO jobs (output, spec, state, submitted) VALUES (?1, ?2, 'waiting', ?3)"),
      reschedule(db, "UPDATE jobs SET spec = ?2 WHERE id = ?1"),
      wait_again(db, "UPDATE jobs SET state = 'waiting', attempt = NULL, crashes = 0 WHERE id = ?1"),
      set_state(db, "UPDATE jobs SET state = ?2, attempt = NULL WHERE id = ?1"),
      set_held(db, "UPDATE jobs SET held = ?2 WHERE id = ?1"),
      start_over(db,
                 "UPDATE jobs SET state = 'waiting', attempt = NULL, attempts = 0, crashes = 0, "
                 "held = 0, spec = ?2, submitted = ?3 "
                 "WHERE id = ?1"),
      list(db, fmt::format("SELECT {} FROM jobs ORDER BY id", kJobColumns)),
      get(db, fmt::format("SELECT {} FROM jobs WHERE id = ?1", kJobColumns)),
      end_running(db, "UPDATE attempts SET ended = ?2, outcome = ?3 WHERE job = ?1 AND ended IS NULL"),
      add_attempt(db, "INSERT INTO attempts (job, device, started, before) VALUES (?1, ?2, ?3, ?4)"),
      begun(db, "SELECT started, before FROM attempts WHERE id = ?1"),
      interrupted(db, "SELECT id, attempt FROM jobs WHERE state = 'running'"),
      start(db, "UPDATE jobs SET state = 'running', attempt = ?2, attempts = attempts + 1 WHERE id = ?1"),
      job_of(db, "SELECT id FROM jobs WHERE attempt = ?1"),
      done(db,
           "UPDATE jobs SET state = 'done', attempt = NULL, output_bytes = ?2, output_modified = ?3, "
           "seconds = ?4 WHERE id = ?1"),
      failed(db,
             "UPDATE jobs SET state = ?5, attempt = NULL, failure_kind = ?2, failure_message = ?3, "
             "failure_hint = ?4, crashes = crashes + ?6 WHERE id = ?1"),
      end_attempt(db, "UPDATE attempts SET ended = ?2, outcome = ?3, message = ?4 WHERE id = ?1"),
      find_output(db, "SELECT id FROM jobs WHERE output = ?1"),
      clear_needs(db, "DELETE FROM needs WHERE job = ?1"),
      add_need(db, "INSERT OR IGNORE INTO needs (job, needed) VALUES (?1, ?2)"),
      dependents(db, "SELECT job FROM needs WHERE needed = ?1"),
      count(db, "SELECT state, count(*) FROM jobs GROUP BY state"),
      count_one(db, "SELECT state, 1 FROM jobs WHERE id = ?1"),
      done_before(db,
                  "SELECT id, output_bytes, output_modified FROM jobs WHERE state = 'done' AND id NOT IN "
                  "(SELECT needed FROM needs JOIN "
                  "jobs ON jobs.id = job WHERE state <> 'done') AND "
                  "(SELECT max(ended) FROM attempts WHERE job = jobs.id) < ?1"),
      remember(db,
               "INSERT OR REPLACE INTO past_jobs (id, spec, submitted) SELECT ?1, ?2, ?3 WHERE EXISTS "
               "(SELECT 1 FROM attempts WHERE job = ?1)"),
      forget_messages(db, "UPDATE attempts SET message = NULL WHERE job = ?1"),
      forget_needs(db, "DELETE FROM needs WHERE job = ?1 OR needed = ?1"),
      forget(db, "DELETE FROM jobs WHERE id = ?1"),
      setting(db, "SELECT value FROM settings WHERE key = ?1"),
      set_setting(db, "INSERT OR REPLACE INTO settings (key, value) VALUES (?1, ?2)"),
      interrupt_attempts(db, "UPDATE attempts SET ended = ?1, outcome = 'interrupted' WHERE ended IS NULL"),
      interrupt_jobs(db, "UPDATE jobs SET state = 'waiting', attempt = NULL WHERE state = 'running'") {}

std::string page_sql(const JobQuery& query) {
  const std::string open = query.open ? " AND state IN ('waiting', 'running')" : "";
  const std::string state = query.state ? fmt::format(" AND state = '{}'", to_string(*query.state)) : "";
  return fmt::format(
      "SELECT {} FROM jobs WHERE output >= ?1 AND output < ?2{}{} AND id {} ?3 ORDER BY id {} LIMIT ?4",
      kJobColumns, open, state, query.newest_first ? "<" : ">", query.newest_first ? "DESC" : "ASC");
}

}  // namespace clipmill
