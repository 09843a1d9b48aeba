// What Prometheus is told: counters and histograms of events, gauges of the last sample. The library's own
// registry keeps and prints them, so that the text format is not ours to get right.
#pragma once

#include <memory>
#include <string>

#include "core/event.h"
#include "observe/alarm.h"
#include "observe/sample.h"
#include "observe/wait_shares.h"

namespace clipmill {

/// May be called from any thread. Labels are devices, stages, classes, states and alarms: few and known; no
/// job, prompt or path is one.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void count(const Event& event);
  /// A job has ended well or badly.
  void ended(const JobTimes& job, bool wait_is_known);
  void show(const Sample& sample);
  void show(const Alarm& alarm);

  /// In Prometheus' text format, version 0.0.4.
  std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace clipmill
