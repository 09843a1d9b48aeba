// What ran where and when, kept beside the jobs.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/history.h"
#include "store/database.h"
#include "store/statement.h"

namespace clipmill {

/// Of a migrated Database. A stage is written when it ends, and a wait with the next stage or attempt: what a
/// crash takes with it counts as "off". Times are Unix seconds.
class HistoryTable {
 public:
  explicit HistoryTable(Database& database);

  /// A stage that had begun already and begins again is repeated, under a smaller plan.
  void begin_stage(AttemptId attempt, Stage stage, const std::string& device, double now);
  void end_stage(AttemptId attempt, const StageFinished& stage, double now);
  /// Writes the stages that did not come to their end. For a transaction of the caller's.
  void end_attempt(AttemptId attempt, std::string_view outcome, double now);
  void note_wait(const std::string& device, Wait why, double now);
  /// Nothing is told any more from the last that was heard on; for a transaction of the caller's.
  void note_gap();
  /// Waits, and attempts of jobs that are forgotten, that ended before `time`; for a transaction of the
  /// caller's.
  void forget_before(double time);
  /// Every device is off from now on, and what has not been written is.
  void close(double now);

  /// What runs now, and is not written yet.
  History open(double now) const;

 private:
  struct Open {
    std::string device;
    double started = 0;
  };
  using Key = std::pair<AttemptId, Stage>;

  void add(const Key& key, const Open& open, const StageFinished& what, std::string_view outcome, double now);
  void write_waits();

  const Database& database_;
  Statement add_, add_wait_;
  std::map<Key, Open> open_;               // run
  std::map<std::string, Wait> now_waits_;  // what each device waits for
  std::vector<WaitSpan> unwritten_;        // without their ends
};

/// The same of a store file, read beside a running owner: no lock, no change. Throws Error(kInput) where
/// there is no such file, or an older clipmill made it.
History read_history(const std::filesystem::path& file, double since, double now);

}  // namespace clipmill
