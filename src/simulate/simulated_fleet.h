// Devices whose jobs take the time that the workload says, and that may be lost.
#pragma once

#include <deque>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/device_table.h"
#include "core/ports.h"
#include "simulate/outages.h"
#include "simulate/workload.h"

namespace clipmill {

struct FleetOptions {
  double load_seconds = 0;  ///< to change a device's model
  OutageOptions outages;
  double checkpoint_share = 0;  ///< of a job's work, after which it is saved; 0: a lost job starts over
};

/// Time moves to what comes next: a job's end, a loss, a return.
class SimulatedFleet : public Runner {
 public:
  SimulatedFleet(const Workload& workload, const std::vector<DeviceSpec>& devices,
                 const FleetOptions& options, VirtualClock& clock);

  bool available(const std::string& device) const override { return devices_[index(device)].available; }
  void start(const Attempt& attempt) override;
  /// Empty when only a device changed.
  std::optional<Event> next_event() override;
  void wait(double) override {}
  void cancel(const Attempt&) override {}

  /// When something happens next; kNever: never.
  double next_at();
  /// Devices that were lost or are back since the last call.
  std::vector<Outage> take_lost() { return std::exchange(lost_, {}); }
  std::vector<int> take_back() { return std::exchange(back_, {}); }
  /// Of the job's work, what is saved: 0 to 1.
  double saved_share(JobId job) const;

 private:
  struct Running {
    AttemptId attempt;
    JobId job;
    double work_from, seconds;  // when its work begins (the model being loaded), and how long it takes
  };
  struct Device {
    double speed = 1;
    int model = -1;
    bool available = true;
    std::vector<Running> running;
    Outage next;  // or the present one
  };
  struct End {
    double at;
    JobId job;
    AttemptId attempt;
    int device;
    bool operator>(const End& other) const { return at != other.at ? at > other.at : job > other.job; }
  };
  using Change = std::pair<double, int>;  // when, and of which device

  std::size_t index(const std::string& device) const { return static_cast<std::size_t>(index_.at(device)); }
  Device& at(int device) { return devices_[static_cast<std::size_t>(device)]; }
  void plan_outage(int device);
  void drop_stale_ends();
  void change(int device);
  void lose(int device);
  void save(const Running& running, double speed);
  Event finish(const End& end);

  const Workload& workload_;
  const std::vector<DeviceSpec>& specs_;
  const FleetOptions options_;
  VirtualClock& clock_;
  Outages outages_;
  std::unordered_map<std::string, int> index_;
  std::vector<Device> devices_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;  // also of attempts that were lost
  std::priority_queue<Change, std::vector<Change>, std::greater<>> changes_;
  std::deque<Event> failures_;  // of attempts on lost devices, not yet told
  std::vector<Outage> lost_;
  std::vector<int> back_;
  std::unordered_map<JobId, double> saved_;
};

}  // namespace clipmill
