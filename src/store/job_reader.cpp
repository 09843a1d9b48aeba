#include "store/job_reader.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "store/job_rows.h"
#include "store/job_statements.h"

namespace clipmill {
namespace {

Stage stored_stage(std::string_view name) {
  if (const auto stage = stage_from(name)) return *stage;
  throw Error(ErrorKind::kIo, fmt::format("unknown stage \"{}\" in the store", name));
}

/// The first text, in the order of bytes, that does not begin with `prefix`.
std::string end_of(std::string prefix) {
  if (prefix.empty()) return "\xff";  // which no UTF-8 holds
  ++prefix.back();
  return prefix;
}

}  // namespace

JobReader::JobReader(const Database& db)
    : database_(db),
      with_prefix_(db, fmt::format("SELECT {} FROM jobs WHERE output >= ?1 AND output < ?2 ORDER BY output",
                                   kJobColumns)),
      needs_(db, "SELECT needed FROM needs WHERE job = ?1"),
      attempts_(
          db, "SELECT id, device, started, ended, outcome, message FROM attempts WHERE job = ?1 ORDER BY id"),
      stages_(db,
              "SELECT attempt, stage, seconds, peak_bytes FROM stages JOIN attempts ON attempts.id = attempt "
              "WHERE job = ?1 AND coalesce(stages.outcome, 'done') = 'done' ORDER BY stages.rowid") {}

std::vector<Job> JobReader::page(const JobQuery& query) {
  const JobId first = query.newest_first ? std::numeric_limits<JobId>::max() : 0;
  std::vector<Job> found;
  Statement(database_, page_sql(query))
      .bind(query.prefix, end_of(query.prefix), query.after == 0 ? first : query.after,
            static_cast<std::int64_t>(query.limit))
      .each([&](const Row& row) { found.push_back(job_from_row(row)); });
  return with_needs(std::move(found));
}

std::vector<Job> JobReader::with_prefix(const std::string& prefix) {
  std::vector<Job> found;
  with_prefix_.bind(prefix, end_of(prefix)).each([&](const Row& row) { found.push_back(job_from_row(row)); });
  std::ranges::sort(found, {}, &Job::id);
  return with_needs(std::move(found));
}

std::vector<Job> JobReader::with_needs(std::vector<Job> jobs) {
  for (Job& job : jobs) {
    if (!job.spec.after.empty()) job.needs = needs(job.id);
  }
  return jobs;
}

std::vector<JobId> JobReader::needs(JobId job) {
  std::vector<JobId> ids;
  needs_.bind(job).each([&](const Row& row) { ids.push_back(row.integer(0)); });
  return ids;
}

std::vector<AttemptRecord> JobReader::attempts(JobId job) {
  std::vector<AttemptRecord> records;
  attempts_.bind(job).each([&](const Row& row) {
    records.push_back({row.integer(0), row.text(1), row.real(2), row.real(3), row.text(4), row.text(5)});
  });
  return records;
}

std::vector<StageRecord> JobReader::stages(JobId job) {
  std::vector<StageRecord> records;
  stages_.bind(job).each([&](const Row& row) {
    records.push_back({row.integer(0), {stored_stage(row.text(1)), row.real(2), row.integer(3)}});
  });
  return records;
}

std::vector<StageFinished> JobReader::stage_history(JobId job) {
  std::vector<StageFinished> history;
  for (const StageRecord& record : stages(job)) history.push_back(record.what);
  return history;
}

}  // namespace clipmill
