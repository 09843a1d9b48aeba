// What the store of jobs asks SQLite.
#pragma once

#include <string>

#include "core/job_query.h"
#include "store/statement.h"

namespace clipmill {

/// Of a migrated Database. Parameters are ?1, ?2, … in the order of their numbers; times are Unix seconds.
struct JobStatements {
  explicit JobStatements(const Database& db);

  Statement find, add, reschedule, wait_again, set_state, set_held, start_over, list, get, end_running,
      add_attempt, begun, interrupted, start, job_of, done, failed, end_attempt, find_output, clear_needs,
      add_need, dependents, count, count_one, done_before, remember, forget_messages, forget_needs, forget,
      setting, set_setting, interrupt_attempts, interrupt_jobs;
};

/// Nothing that was not asked for is in it, so that SQLite finds the best index for the rest.
/// ?1, ?2: the range of outputs, ?3: the id behind which it begins, ?4: how many.
std::string page_sql(const JobQuery& query);

}  // namespace clipmill
