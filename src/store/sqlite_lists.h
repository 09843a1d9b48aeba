// The queue's lists by a connection of their own.
#pragma once

#include <filesystem>
#include <mutex>

#include "core/ports.h"
#include "store/database.h"
#include "store/history_rows.h"
#include "store/job_reader.h"
#include "store/sqlite_store.h"

namespace clipmill {

/// Reads beside a SqliteStore that is open, what it has committed, and holds nobody up. For any thread.
class SqliteLists : public JobLists {
 public:
  explicit SqliteLists(const std::filesystem::path& file, WallTime wall_time = system_wall_time)
      : wall_time_(std::move(wall_time)),
        database_(file.string(), Database::Access::kReader),
        reader_(database_) {}

  std::vector<Job> page(const JobQuery& query) const override {
    const std::lock_guard lock(mutex_);
    return reader_.page(query);
  }
  std::vector<AttemptRecord> attempts(JobId job) const override {
    const std::lock_guard lock(mutex_);
    return reader_.attempts(job);
  }
  std::vector<StageFinished> stage_history(JobId job) const override {
    const std::lock_guard lock(mutex_);
    return reader_.stage_history(job);
  }
  History past(double since) const override {
    const std::lock_guard lock(mutex_);
    return history_rows(database_, since, wall_time_());
  }

 private:
  const WallTime wall_time_;
  mutable std::mutex mutex_;
  const Database database_;
  mutable JobReader reader_;
};

}  // namespace clipmill
