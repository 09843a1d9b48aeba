// The service at a moment: what health is judged by, and what history keeps.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/device_reading.h"
#include "core/event.h"
#include "core/job_state.h"
#include "observe/job_class.h"

namespace clipmill {

/// A job at work on a device.
struct DeviceJob {
  JobId id = 0;
  std::string name;  ///< job_name.h
  JobClass kind = JobClass::kBatch;
  std::string stage;
  int done = 0, total = 0;  ///< steps of the stage
};

struct DeviceSample {
  std::string name;
  std::int64_t budget_bytes = 0;  ///< that jobs may take
  DeviceReading reading;
  std::vector<DeviceJob> jobs;

  bool runs_batch() const {
    for (const DeviceJob& job : jobs) {
      if (job.kind == JobClass::kBatch) return true;
    }
    return false;
  }
};

struct Sample {
  double time = 0;  ///< Unix seconds
  std::vector<DeviceSample> devices;
  StateCounts counts{};
  int startable = 0;  ///< jobs that wait for nothing but a device
  bool paused = false;
  /// Of the jobs of each class lately: the part of their time that they wait; absent: there were none.
  std::array<std::optional<double>, kJobClasses.size()> waiting_share{};

  int waiting() const { return counts[static_cast<std::size_t>(JobState::kWaiting)]; }
  int running() const { return counts[static_cast<std::size_t>(JobState::kRunning)]; }
  const DeviceSample* find(const std::string& device) const {
    for (const DeviceSample& each : devices) {
      if (each.name == device) return &each;
    }
    return nullptr;
  }
};

}  // namespace clipmill
