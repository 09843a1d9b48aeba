// What runs where, how far it is and how much is left: the state behind the progress display.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/ports.h"
#include "observe/eta.h"

namespace clipmill {

/// A device at work on a clip; one that decodes beside it has two.
struct DeviceProgress {
  std::string device;
  std::string clip;  ///< file name
  std::optional<Stage> stage;
  int done = 0;  ///< steps of the stage
  int total = 0;
  std::optional<double> seconds_left;
  std::optional<double> loss;  ///< of the last training step
};

struct OverallProgress {
  int done = 0, failed = 0, total = 0;
  std::optional<double> seconds_left;
};

/// Counts the jobs that were not done when it was made.
class Board {
 public:
  explicit Board(std::span<const Job> jobs);

  void on_event(const Event& event, double now);

  /// By device, then by age.
  std::vector<DeviceProgress> devices(double now) const;
  OverallProgress overall(double now) const;
  /// What the job is called (job_name.h).
  std::string clip(JobId job) const;

 private:
  struct Running {
    std::string device;
    JobPosition position;
    std::optional<Stage> stage;
    std::optional<double> loss;
  };

  void enter(Running& running, Stage stage, double now);
  void advance(Running& running, const StageProgress& progress, double now);
  void end(const Event& event, double now);
  std::optional<double> mean_job_seconds(double now) const;

  std::map<JobId, std::string> clips_;
  std::map<JobId, Running> running_;
  int total_ = 0, done_ = 0, failed_ = 0, given_back_ = 0;
  double done_seconds_ = 0;
};

}  // namespace clipmill
