#include "store/history_rows.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/number.h"
#include "core/job_fields.h"
#include "store/statement.h"

namespace clipmill {
namespace {

constexpr std::string_view kBudgetPrefix = "budget ";

/// A stage of a newer clipmill tells this one nothing.
std::vector<StageSpan> stage_rows(const Database& database, double since) {
  std::vector<StageSpan> spans;
  Statement list(database,
                 "SELECT job, attempt, stages.device, stage, stages.started, stages.ended, stages.seconds, "
                 "peak_bytes, plan, stages.outcome FROM stages JOIN attempts ON attempts.id = attempt "
                 "WHERE stages.ended > ?1 ORDER BY stages.started");
  list.bind(since).each([&](const Row& row) {
    if (const auto stage = stage_from(row.text(3)))
      spans.push_back({row.integer(0), row.integer(1), row.text(2), *stage, row.real(4), row.real(5),
                       row.real(6), row.integer(7), row.text(8), row.text(9)});
  });
  return spans;
}

std::vector<AttemptSpan> attempt_rows(const Database& database, double since) {
  std::vector<AttemptSpan> spans;
  Statement list(database,
                 "SELECT id, job, device, started, ended, outcome FROM attempts "
                 "WHERE ended > ?1 OR ended IS NULL ORDER BY started");
  list.bind(since).each([&](const Row& row) {
    spans.push_back({row.integer(0), row.integer(1), row.text(2), row.real(3), row.real(4), row.text(5)});
  });
  return spans;
}

/// From each device's last row before `since` on. By the index alone, from one device to the next: waits are
/// many.
std::vector<WaitSpan> wait_rows(const Database& database, double since) {
  std::vector<WaitSpan> spans;
  Statement list(
      database,
      "WITH devices (device) AS (SELECT min(device) FROM waits UNION ALL SELECT (SELECT min(device) FROM "
      "waits WHERE device > devices.device) FROM devices WHERE device IS NOT NULL) "
      "SELECT each.device, why, since FROM devices JOIN waits AS each ON each.device = devices.device AND "
      "since >= coalesce((SELECT max(since) FROM waits WHERE device = devices.device AND since < ?1), ?1) "
      "ORDER BY since, each.rowid");
  list.bind(since).each([&](const Row& row) {
    if (const auto why = wait_from(row.text(1))) spans.push_back({row.text(0), *why, row.real(2), 0});
  });
  return spans;
}

/// A spec that this program cannot read is left empty.
std::vector<PastJob> job_rows(const Database& database, const std::vector<AttemptSpan>& attempts) {
  std::vector<JobId> ids;
  for (const AttemptSpan& attempt : attempts) ids.push_back(attempt.job);
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  std::vector<PastJob> jobs;
  Statement get(database,
                "SELECT spec, submitted FROM jobs WHERE id = ?1 UNION ALL "
                "SELECT spec, submitted FROM past_jobs WHERE id = ?1 LIMIT 1");
  for (const JobId id : ids) {
    get.bind(id).each([&](const Row& row) {
      PastJob job{id, {}, row.real(1)};
      try {
        job.spec = job_from_json(nlohmann::json::parse(row.text(0)));
      } catch (const std::exception&) {
      }
      jobs.push_back(std::move(job));
    });
  }
  return jobs;
}

std::vector<DeviceBudget> budget_rows(const Database& database) {
  std::vector<DeviceBudget> budgets;
  Statement list(database, "SELECT key, value FROM settings WHERE key LIKE ?1 ORDER BY key");
  list.bind(std::string(kBudgetPrefix) + "%").each([&](const Row& row) {
    const auto bytes = number_in<std::int64_t>(row.text(1));
    if (bytes) budgets.push_back({row.text(0).substr(kBudgetPrefix.size()), *bytes});
  });
  return budgets;
}

}  // namespace

std::string budget_key(const std::string& device) { return std::string(kBudgetPrefix) + device; }

bool has_history(const Database& database) {
  return database.integer("SELECT count(*) FROM pragma_table_info('past_jobs')") > 0;
}

double last_heard(const Database& database) {
  double last = 0;
  Statement(database,
            "SELECT max(t) FROM (SELECT max(started) AS t FROM attempts UNION ALL SELECT max(ended) FROM "
            "attempts UNION ALL SELECT max(ended) FROM stages UNION ALL SELECT max(since) FROM waits)")
      .each([&](const Row& row) { last = row.real(0); });
  return last;
}

History history_rows(const Database& database, double since, double now) {
  History history{since,
                  now,
                  stage_rows(database, since),
                  attempt_rows(database, since),
                  wait_rows(database, since),
                  {},
                  budget_rows(database)};
  history.jobs = job_rows(database, history.attempts);
  return history;
}

}  // namespace clipmill
