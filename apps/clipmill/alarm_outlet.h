// Where alarms go when they change: the log, a webhook and a command of the user's.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <thread>

#include "base/channel.h"
#include "observe/alarm.h"

namespace clipmill {

struct AlarmTargets {
  std::string webhook;  ///< URL that gets a POST with the alarm's JSON; empty: none
  std::string command;  ///< a shell command that gets the JSON on stdin; empty: none
};

/// Writes the log at once; the rest is done by a thread of its own, one alarm after the other, so that nobody
/// waits for a slow receiver. What a receiver refuses is tried a few times, then logged and given up.
class AlarmOutlet : public AlarmSink {
 public:
  AlarmOutlet(AlarmTargets targets, std::function<double()> wall_time, std::FILE* log);
  /// Waits for the delivery that runs, 12 s at most for a webhook and 30 s for a command; what comes behind
  /// it is in the log only.
  ~AlarmOutlet() override;
  AlarmOutlet(const AlarmOutlet&) = delete;
  AlarmOutlet& operator=(const AlarmOutlet&) = delete;

  void on_alarm(const Alarm& alarm) override;

 private:
  void deliver(const std::stop_token& stop);
  void log(const std::string& text) const;

  const AlarmTargets targets_;
  const std::function<double()> wall_time_;
  std::FILE* const log_;
  Channel<Alarm> waiting_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace clipmill
