// What runs where, and for how long each job has waited and run.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ports.h"
#include "observe/sample.h"
#include "observe/wait_shares.h"

namespace clipmill {

/// A job's times, once it is over.
struct EndedJob {
  JobTimes times;
  bool wait_is_known = false;  ///< of a second attempt it is not: it waited in between for other reasons
};

class RunningJobs {
 public:
  /// From the priority `interactive_from` on, and with a deadline, jobs are of the interactive class.
  RunningJobs(const JobStore& store, int interactive_from)
      : store_(store), interactive_from_(interactive_from) {}

  /// At `now`, Unix seconds. The times of a job that is done or has failed; of cancelled ones nothing.
  std::optional<EndedJob> take(const Event& event, double now);
  /// On that device, the oldest first.
  std::vector<DeviceJob> on(const std::string& device) const;
  JobClass class_of_job(int priority, bool has_deadline) const {
    return class_of(priority, has_deadline, interactive_from_);
  }

 private:
  struct Running {
    std::string device;
    DeviceJob shown;
    double started = 0;
    std::optional<double> wait;
  };

  void start(const Event& event, double now);
  std::optional<double> wait_of(const Job& job, double now) const;
  std::optional<EndedJob> end(JobId job, double now);
  void show(const Event& event, Stage stage, int done, int total);

  const JobStore& store_;
  const int interactive_from_;
  std::map<JobId, Running> running_;
};

}  // namespace clipmill
