// The service watched: samples, history, alarms and metrics, for whoever asks.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/ports.h"
#include "core/scheduler.h"
#include "observe/alarms.h"
#include "observe/metrics.h"
#include "observe/running_jobs.h"
#include "observe/sample_history.h"

namespace clipmill {

struct WatchSettings {
  AlarmSettings alarms;
  int interactive_from = 1;   ///< priority, see RunningJobs
  double wait_window = 600;   ///< seconds over which waiting shares are summed
  double sample_seconds = 2;  ///< between two samples
};

/// What is known at once.
struct Health {
  Sample sample;
  std::vector<Alarm> alarms;
};

class Watch : public EventSink {
 public:
  struct Parts {
    const JobStore& store;
    const Scheduler& scheduler;
    Sensors& sensors;
    const Clock& clock;
    std::function<double()> wall_time;  ///< Unix seconds
    std::function<bool()> paused;       ///< the queue
    AlarmSink& told;
  };
  Watch(Parts parts, WatchSettings settings);

  // For the thread that the store belongs to.
  void on_event(const Event& event) override;
  /// To be called often: looks when a sample is due.
  void look();

  // For any thread.
  Health health() const;
  /// Empty: it works. Otherwise why it cannot take work now: no device works, or it has stood still.
  std::string unready() const;
  /// Names of the devices, in the order of its points.
  std::vector<std::string> devices() const;
  std::vector<HistoryPoint> history(double seconds) const;
  std::string metrics() const { return metrics_.text(); }

 private:
  Sample sample();
  std::vector<JobTimes> waiting() const;

  const Parts parts_;
  const WatchSettings settings_;
  RunningJobs running_;
  WaitShares shares_;
  Metrics metrics_;
  double due_ = 0;            ///< the next sample, on the clock
  mutable std::mutex mutex_;  ///< of all below
  Sample now_;
  std::optional<double> looked_;  ///< when, on the clock
  SampleHistory history_;
  Alarms alarms_;
};

}  // namespace clipmill
