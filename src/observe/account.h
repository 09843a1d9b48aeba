// What a run did, as a table: the source of the summary, of --json and of the report.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/ports.h"

namespace clipmill {

/// Of one stage: in one job, or summed over all.
struct StageAccount {
  int count = 0;       ///< times it was finished
  double seconds = 0;  ///< busy time, summed
  std::int64_t peak_bytes = 0;
};
void add(StageAccount& sum, const StageAccount& part);
using StageAccounts = std::array<StageAccount, kStages.size()>;  ///< indexed by Stage

struct JobAccount {
  Job job;            ///< with state, failure and result as they are now
  bool kept = false;  ///< was done before this run
  std::string device{};
  double wall_seconds = 0;             ///< from start to end of the last attempt in this run
  StageAccounts stages{};              ///< of the last attempt in this run
  MemoryPlan plan{};                   ///< under which its last planned stage ended
  std::string why{};                   ///< the plan that it began with
  std::vector<PlanChanged> changes{};  ///< of the plan since
};

struct Totals {
  int jobs = 0, done = 0, kept = 0, failed = 0, unfinished = 0;  ///< `done` in this run
  double wall_seconds = 0;                                       ///< since the account was opened
  StageAccounts stages;
};

class Account : public EventSink {
 public:
  Account(std::span<const Job> jobs, const Clock& clock);
  void on_event(const Event& event) override;

  /// In the order in which they were given.
  const std::vector<JobAccount>& jobs() const { return jobs_; }
  Totals totals() const;

 private:
  const Clock& clock_;
  const double opened_;
  std::vector<JobAccount> jobs_;
};

}  // namespace clipmill
