#include "observe/account.h"

#include <algorithm>

namespace clipmill {
namespace {

void count(Totals& totals, const JobAccount& account) {
  ++totals.jobs;
  if (account.kept) {
    ++totals.kept;
  } else if (account.job.state == JobState::kDone) {
    ++totals.done;
  } else if (account.job.state == JobState::kFailed) {
    ++totals.failed;
  } else {
    ++totals.unfinished;
  }
  for (std::size_t i = 0; i < kStages.size(); ++i) add(totals.stages[i], account.stages[i]);
}

}  // namespace

void add(StageAccount& sum, const StageAccount& part) {
  sum.count += part.count;
  sum.seconds += part.seconds;
  sum.peak_bytes = std::max(sum.peak_bytes, part.peak_bytes);
}

Account::Account(std::span<const Job> jobs, const Clock& clock) : clock_(clock), opened_(clock.now()) {
  for (const Job& job : jobs) jobs_.push_back({.job = job, .kept = job.state == JobState::kDone});
}

void Account::on_event(const Event& event) {
  const auto found = std::ranges::find(jobs_, event.job, [](const JobAccount& each) { return each.job.id; });
  if (found == jobs_.end()) return;
  JobAccount& account = *found;
  const auto end = [&](JobState state) {
    if (account.job.state == JobState::kRunning) account.wall_seconds += clock_.now();
    account.job.state = state;
  };
  std::visit(
      Overloaded{
          [&](const JobStarted& what) {
            account = {account.job, false, event.device, -clock_.now(), {}, what.plan, what.why, {}};
            account.job.state = JobState::kRunning;
            ++account.job.attempts;
          },
          [&](const StageFinished& what) {
            add(account.stages[static_cast<std::size_t>(what.stage)], {1, what.seconds, what.peak_bytes});
            if (what.peak_bytes > 0) account.plan = what.plan;
          },
          [&](const PlanChanged& what) { account.changes.push_back(what); },
          [&](const JobFinished& what) {
            account.job.result = what;
            end(JobState::kDone);
          },
          [&](const JobFailed& what) {
            account.job.failure = what;
            end(what.kind == ErrorKind::kCancelled ? JobState::kWaiting : JobState::kFailed);
          },
          [](const auto&) {},
      },
      event.what);
}

Totals Account::totals() const {
  Totals totals;
  totals.wall_seconds = clock_.now() - opened_;
  for (const JobAccount& account : jobs_) count(totals, account);
  return totals;
}

}  // namespace clipmill
