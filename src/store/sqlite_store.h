// The durable queue in one SQLite file. Contract of the file: "<file>.lock" is flocked by its one owner,
// times are Unix seconds, and what a returned call wrote survives a power cut (WAL, synchronous=FULL).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_lock.h"
#include "base/file_stamp.h"
#include "core/ports.h"
#include "store/database.h"
#include "store/history_table.h"
#include "store/job_reader.h"
#include "store/measurements.h"

namespace clipmill {

struct JobStatements;

/// A job that was done, and what its output looked like then.
struct DoneJob {
  JobId id = 0;
  JobSpec spec;
  FileStamp made;
};

/// Seconds since 1970.
using WallTime = std::function<double()>;
double system_wall_time();

/// For one thread. Every SQLite failure is an Error(kIo) naming the file, and leaves the store as it was.
class SqliteStore : public JobStore {
 public:
  /// Opens or creates `file` and its folder; an empty path is a store in memory. Jobs that a crashed owner
  /// left running wait again, or are done where their output came into its place meanwhile. Throws
  /// Error(kInput) if another process owns the store or a newer clipmill wrote it.
  explicit SqliteStore(const std::filesystem::path& file, WallTime wall_time = system_wall_time);
  ~SqliteStore() override;

  /// One transaction. Throws Error(kInput) if two of `specs` have the same output, or if jobs would
  /// wait for each other in a circle.
  std::vector<JobId> submit(std::span<const JobSpec> specs) override;
  /// By id.
  std::vector<Job> jobs() const override;
  /// Reads no others.
  std::vector<Job> page(const JobQuery& query) const override { return reader_->page(query); }
  std::vector<Job> with_prefix(const std::string& prefix) const override {
    return reader_->with_prefix(prefix);
  }
  std::optional<Job> find(JobId job) const override;
  std::optional<Job> find_output(const std::string& output) const override;
  std::vector<JobId> dependents(JobId job) const override;
  StateCounts counts(std::span<const JobId> jobs) const override;
  /// Fences off an attempt of the job that still runs. Throws Error(kInternal) on a job that is neither
  /// waiting nor running.
  Attempt begin_attempt(JobId job, const std::string& device) override;
  void begin_stage(AttemptId attempt, Stage stage, const std::string& device, double when) override;
  void record(AttemptId attempt, const StageFinished& stage, double when) override;
  void finish(AttemptId attempt, const JobFinished& result) override;
  void finish(AttemptId attempt, const JobFailed& failure, JobState next) override;
  void set_state(JobId job, JobState state) override;
  void fail(JobId job, const JobFailed& why) override;
  void set_held(JobId job, bool held) override;
  /// Its attempts and stages stay for accounts of the past, without what it showed.
  void forget(JobId job) override;
  bool keeps_waits() const override { return true; }
  void note_wait(const std::string& device, Wait why) override;
  History past(double since) const override;
  History open() const override;
  /// Nothing starts on any device from now on.
  void close_history();
  /// Bytes that jobs may take of it, for accounts that are made when nothing runs.
  void remember_budget(const std::string& device, std::int64_t bytes);

  /// Of all attempts of the job, in the order in which they were recorded.
  std::vector<StageRecord> stages(JobId job) const { return reader_->stages(job); }
  std::vector<StageFinished> stage_history(JobId job) const override { return reader_->stage_history(job); }
  std::vector<AttemptRecord> attempts(JobId job) const override { return reader_->attempts(job); }
  /// Jobs that were done before `time` (Unix seconds), and that no open job needs.
  std::vector<DoneJob> done_before(double time) const;
  /// What devices waited for before `time` (Unix seconds), and what forgotten jobs took.
  void forget_history_before(double time);
  /// What stages took.
  MeasurementTable& measurements() { return *measurements_; }
  /// What is remembered under `key`; empty: nothing.
  std::string setting(const std::string& key) const;
  void set_setting(const std::string& key, const std::string& value);

 private:
  std::pair<JobId, bool> submit(const JobSpec& spec);
  void forget_rows(const Job& job);
  void set_needs(JobId job, const JobSpec& spec);
  void refuse_circle(std::span<const JobId> submitted) const;
  void reconcile();
  bool settle(JobId job, AttemptId attempt);
  Job job(JobId id) const;
  /// The job that `attempt` runs now; empty if it was fenced off.
  std::optional<JobId> current_job(AttemptId attempt) const;
  void end_attempt(AttemptId attempt, std::string_view outcome, std::string_view message = "");

  const std::string file_;
  const WallTime wall_time_;
  std::optional<FileLock> lock_;
  Database database_;
  std::unique_ptr<JobStatements> sql_;
  std::unique_ptr<JobReader> reader_;
  std::unique_ptr<MeasurementTable> measurements_;
  std::unique_ptr<HistoryTable> history_;
};

}  // namespace clipmill
