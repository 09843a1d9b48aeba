#include "store/sqlite_store.h"

#include <chrono>
#include <set>

#include "base/atomic_file.h"
#include "base/file_stamp.h"
#include "core/circle.h"
#include "store/history_rows.h"
#include "store/job_rows.h"
#include "store/job_statements.h"
#include "store/schema.h"
#include "store/statement.h"
#include "store/transaction.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

std::optional<FileLock> locked(const fs::path& file) {
  if (file.empty()) return std::nullopt;
  return std::optional<FileLock>(std::in_place, file);
}

void check_distinct(std::span<const JobSpec> specs) {
  std::set<std::string_view> outputs;
  for (const JobSpec& spec : specs) {
    if (!outputs.insert(spec.output).second) {
      throw Error(ErrorKind::kInput, fmt::format("two jobs would write {}", spec.output),
                  "give each an output of its own, for example with {index} in the name");
    }
  }
}

}  // namespace

double system_wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

SqliteStore::SqliteStore(const fs::path& file, WallTime wall_time)
    : file_(file.empty() ? ":memory:" : file.string()),
      wall_time_(std::move(wall_time)),
      lock_(locked(file)),
      database_(file_) {
  migrate(database_, file_);
  sql_ = std::make_unique<JobStatements>(database_);
  reader_ = std::make_unique<JobReader>(database_);
  measurements_ = std::make_unique<MeasurementTable>(database_);
  history_ = std::make_unique<HistoryTable>(database_);
  reconcile();
}

SqliteStore::~SqliteStore() = default;

void SqliteStore::reconcile() {
  Transaction transaction(database_);
  history_->note_gap();
  std::vector<std::pair<JobId, AttemptId>> running;
  sql_->interrupted.each([&](const Row& row) { running.emplace_back(row.integer(0), row.integer(1)); });
  for (const auto& [id, attempt] : running) settle(id, attempt);
  sql_->interrupt_attempts.bind(wall_time_()).run();
  sql_->interrupt_jobs.run();
  transaction.commit();
}

/// Needs come after all jobs are there: one may wait for another that stands behind it.
std::vector<JobId> SqliteStore::submit(std::span<const JobSpec> specs) {
  check_distinct(specs);
  Transaction transaction(database_);
  std::vector<JobId> ids;
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto [id, is_changed] = submit(specs[i]);
    ids.push_back(id);
    if (is_changed) changed.push_back(i);
  }
  for (const std::size_t i : changed) set_needs(ids[i], specs[i]);
  refuse_circle(ids);
  transaction.commit();
  return ids;
}

/// The job, and whether it is not quite what was known of it.
std::pair<JobId, bool> SqliteStore::submit(const JobSpec& spec) {
  JobId id = 0;
  std::string stored, state;
  FileStamp made;
  sql_->find.bind(spec.output).each([&](const Row& row) {
    id = row.integer(0), stored = row.text(1), state = row.text(2);
    made = {row.integer(3), row.integer(4)};
  });
  if (id == 0) {
    sql_->add.bind(spec.output, spec_text(spec), wall_time_()).run();
    return {database_.last_insert_id(), true};
  }
  if (!same_spec(stored, spec)) {
    sql_->end_running.bind(id, wall_time_(), "superseded").run();
    sql_->start_over.bind(id, spec_text(spec), wall_time_()).run();
    return {id, true};
  }
  const bool rescheduled = stored != spec_text(spec);
  if (rescheduled) sql_->reschedule.bind(id, spec_text(spec)).run();
  if (state == "failed" || state == "cancelled" || state == "quarantined" ||
      (state == "done" && stamp_of(spec.output) != made)) {
    sql_->wait_again.bind(id).run();
  }
  return {id, rescheduled};
}

void SqliteStore::set_needs(JobId job, const JobSpec& spec) {
  sql_->clear_needs.bind(job).run();
  for (const std::string& output : spec.after) {
    JobId needed = 0;
    sql_->find_output.bind(output).each([&](const Row& row) { needed = row.integer(0); });
    if (needed == 0) {
      throw Error(ErrorKind::kInput, fmt::format("{} waits for {}, which no job makes", spec.output, output),
                  "`after` names the output of a job that was submitted before or with it");
    }
    sql_->add_need.bind(job, needed).run();
  }
}

void SqliteStore::refuse_circle(std::span<const JobId> submitted) const {
  const auto circle = find_circle(submitted, [this](JobId job) { return reader_->needs(job); });
  if (circle.empty()) return;
  std::string way;
  for (const JobId id : circle) way += job(id).spec.output + " waits for ";
  throw Error(ErrorKind::kInput,
              fmt::format("{}{}: a circle, in which none can start", way, job(circle.front()).spec.output),
              "leave out one of these `after`");
}

std::vector<JobId> SqliteStore::dependents(JobId job) const {
  std::vector<JobId> ids;
  sql_->dependents.bind(job).each([&](const Row& row) { ids.push_back(row.integer(0)); });
  return ids;
}

StateCounts SqliteStore::counts(std::span<const JobId> jobs) const {
  StateCounts counts{};
  const auto add = [&](const Row& row) {
    counts[static_cast<std::size_t>(state_from(row.text(0)))] += static_cast<int>(row.integer(1));
  };
  if (jobs.empty()) sql_->count.each(add);
  for (const JobId id : jobs) sql_->count_one.bind(id).each(add);
  return counts;
}

std::vector<Job> SqliteStore::jobs() const {
  std::vector<Job> all;
  sql_->list.each([&](const Row& row) { all.push_back(job_from_row(row)); });
  return reader_->with_needs(std::move(all));
}

std::optional<Job> SqliteStore::find_output(const std::string& output) const {
  std::optional<JobId> id;
  sql_->find_output.bind(output).each([&](const Row& row) { id = row.integer(0); });
  return id ? find(*id) : std::nullopt;
}

std::optional<Job> SqliteStore::find(JobId id) const {
  std::optional<Job> found;
  sql_->get.bind(id).each([&](const Row& row) { found = job_from_row(row); });
  if (found && !found->spec.after.empty()) found->needs = reader_->needs(id);
  return found;
}

Job SqliteStore::job(JobId id) const {
  const auto found = find(id);
  if (!found) throw Error(ErrorKind::kInternal, fmt::format("{}: there is no job {}", file_, id));
  return *found;
}

Attempt SqliteStore::begin_attempt(JobId id, const std::string& device) {
  Transaction transaction(database_);
  const Job known = job(id);
  if (is_over(known.state)) {
    throw Error(ErrorKind::kInternal,
                fmt::format("job {} cannot start: it is {}", id, to_string(known.state)));
  }
  sql_->end_running.bind(id, wall_time_(), "superseded").run();
  const auto before = stamp_of(known.spec.output);
  sql_->add_attempt.bind(id, device, wall_time_(), before ? before->modified : 0).run();
  const AttemptId attempt = database_.last_insert_id();
  sql_->start.bind(id, attempt).run();
  transaction.commit();
  return {attempt, id, device, known.spec};
}

void SqliteStore::begin_stage(AttemptId attempt, Stage stage, const std::string& device, double when) {
  history_->begin_stage(attempt, stage, device, when);
}

void SqliteStore::record(AttemptId attempt, const StageFinished& stage, double when) {
  if (!current_job(attempt)) return;
  Transaction transaction(database_);
  history_->end_stage(attempt, stage, when);
  transaction.commit();
}

void SqliteStore::note_wait(const std::string& device, Wait why) {
  history_->note_wait(device, why, wall_time_());
}

History SqliteStore::past(double since) const { return history_rows(database_, since, wall_time_()); }
History SqliteStore::open() const { return history_->open(wall_time_()); }

void SqliteStore::close_history() {
  Transaction transaction(database_);
  history_->close(wall_time_());
  transaction.commit();
}

void SqliteStore::remember_budget(const std::string& device, std::int64_t bytes) {
  set_setting(budget_key(device), std::to_string(bytes));
}

void SqliteStore::finish(AttemptId attempt, const JobFinished& result) {
  Transaction transaction(database_);
  const auto id = current_job(attempt);
  if (!id) {
    history_->end_attempt(attempt, "superseded", wall_time_());
    return transaction.commit();
  }
  const auto stamp = stamp_of(job(*id).spec.output);
  sql_->done.bind(*id, result.output_bytes, stamp ? stamp->modified : 0, result.seconds).run();
  end_attempt(attempt, "done");
  transaction.commit();
}

void SqliteStore::finish(AttemptId attempt, const JobFailed& failure, JobState next) {
  Transaction transaction(database_);
  const auto id = current_job(attempt);
  if (!id) {
    history_->end_attempt(attempt, "superseded", wall_time_());
    return transaction.commit();
  }
  if (failure.kind == ErrorKind::kWorker && settle(*id, attempt)) return transaction.commit();
  const std::int64_t crashes = failure.kind == ErrorKind::kWorker ? 1 : 0;
  sql_->failed.bind(*id, to_string(failure.kind), failure.message, failure.hint, to_string(next), crashes)
      .run();
  end_attempt(attempt, to_string(failure.kind), failure.message);
  transaction.commit();
}

/// A worker may die, and we may, between the moment when the output has its name and the moment when we hear
/// of it.
bool SqliteStore::settle(JobId id, AttemptId attempt) {
  const auto made = stamp_of(job(id).spec.output);
  double started = 0;
  std::int64_t before = 0;
  sql_->begun.bind(attempt).each([&](const Row& row) { started = row.real(0), before = row.integer(1); });
  if (!made || made->modified == before) return false;
  make_durable(job(id).spec.output);  // whoever wrote it may not have come so far
  const double seconds = std::max(0.0, wall_time_() - started);
  sql_->done.bind(id, made->bytes, made->modified, seconds).run();
  end_attempt(attempt, "done");
  return true;
}

void SqliteStore::set_state(JobId id, JobState state) {
  if (state == JobState::kWaiting) {
    sql_->wait_again.bind(id).run();
  } else {
    sql_->set_state.bind(id, to_string(state)).run();
  }
}

void SqliteStore::fail(JobId id, const JobFailed& why) {
  const std::string_view failed = to_string(JobState::kFailed);
  sql_->failed.bind(id, to_string(why.kind), why.message, why.hint, failed, std::int64_t{0}).run();
}

void SqliteStore::set_held(JobId id, bool held) { sql_->set_held.bind(id, std::int64_t{held}).run(); }

std::string SqliteStore::setting(const std::string& key) const {
  std::string value;
  sql_->setting.bind(key).each([&](const Row& row) { value = row.text(0); });
  return value;
}

void SqliteStore::set_setting(const std::string& key, const std::string& value) {
  sql_->set_setting.bind(key, value).run();
}

std::optional<JobId> SqliteStore::current_job(AttemptId attempt) const {
  std::optional<JobId> id;
  sql_->job_of.bind(attempt).each([&](const Row& row) { id = row.integer(0); });
  return id;
}

void SqliteStore::end_attempt(AttemptId attempt, std::string_view outcome, std::string_view message) {
  const double now = wall_time_();
  history_->end_attempt(attempt, outcome, now);
  sql_->end_attempt.bind(attempt, now, outcome, message).run();
}

/// What it took is remembered, not what it showed.
void SqliteStore::forget_rows(const Job& job) {
  JobSpec past;
  past.kind = job.spec.kind, past.model = job.spec.model, past.clip = job.spec.clip;
  past.priority = job.spec.priority, past.deadline = job.spec.deadline;
  past.output = fmt::format("job-{}.mp4", job.id);
  for (std::string ClipSpec::*text :
       {&ClipSpec::prompt, &ClipSpec::negative_prompt, &ClipSpec::label, &ClipSpec::filter})
    (past.clip.*text).clear();
  sql_->remember.bind(job.id, spec_text(past), job.submitted).run();
  for (Statement* each : {&sql_->forget_messages, &sql_->forget_needs, &sql_->forget})
    each->bind(job.id).run();
}

void SqliteStore::forget(JobId id) {
  Transaction transaction(database_);
  if (const auto known = find(id)) forget_rows(*known);
  transaction.commit();
}

std::vector<DoneJob> SqliteStore::done_before(double time) const {
  std::vector<DoneJob> jobs;
  sql_->done_before.bind(time).each([&](const Row& row) {
    jobs.push_back({row.integer(0), {}, FileStamp{row.integer(1), row.integer(2)}});
  });
  for (DoneJob& each : jobs) each.spec = job(each.id).spec;
  return jobs;
}

void SqliteStore::forget_history_before(double time) {
  Transaction transaction(database_);
  history_->forget_before(time);
  transaction.commit();
}

}  // namespace clipmill
