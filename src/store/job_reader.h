// Lists of jobs, and what is told of each, from one connection.
#pragma once

#include <string>
#include <vector>

#include "core/ports.h"
#include "store/statement.h"

namespace clipmill {

/// What a stage of one attempt took.
struct StageRecord {
  AttemptId attempt = 0;
  StageFinished what{};
};

/// Of a migrated Database, for one thread.
class JobReader {
 public:
  explicit JobReader(const Database& database);

  std::vector<Job> page(const JobQuery& query);
  /// Those whose outputs begin with `prefix`, by id.
  std::vector<Job> with_prefix(const std::string& prefix);
  std::vector<JobId> needs(JobId job);
  std::vector<AttemptRecord> attempts(JobId job);
  /// Of all attempts of the job, in the order in which they were recorded.
  std::vector<StageRecord> stages(JobId job);
  std::vector<StageFinished> stage_history(JobId job);
  /// The same jobs, with what they need.
  std::vector<Job> with_needs(std::vector<Job> jobs);

 private:
  const Database& database_;
  Statement with_prefix_, needs_, attempts_, stages_;
};

}  // namespace clipmill
