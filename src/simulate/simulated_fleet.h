// Devices whose jobs take the time that the workload says.
#pragma once

#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "core/device_table.h"
#include "core/ports.h"
#include "simulate/workload.h"

namespace clipmill {

/// Time moves to the end that comes next.
class SimulatedFleet : public Runner {
 public:
  /// `load_seconds`: to change a device's model.
  SimulatedFleet(const Workload& workload, const std::vector<DeviceSpec>& devices, double load_seconds,
                 VirtualClock& clock);

  bool available(const std::string&) const override { return true; }
  void start(const Attempt& attempt) override;
  std::optional<Event> next_event() override;
  void cancel_all() override {}

  /// When the next job ends; kNever if none runs.
  double next_end() const { return ends_.empty() ? kNever : ends_.top().at; }

 private:
  struct End {
    double at;
    Attempt attempt;
    double seconds;
    bool operator>(const End& other) const {
      return at != other.at ? at > other.at : attempt.job > other.attempt.job;
    }
  };
  struct Device {
    double speed = 1;
    int model = -1;
  };

  const Workload& workload_;
  const double load_seconds_;
  VirtualClock& clock_;
  std::unordered_map<std::string, Device> devices_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
};

}  // namespace clipmill
