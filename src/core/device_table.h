// What runs on which device until when, and where something would fit.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/demand.h"
#include "core/device_spec.h"
#include "core/wait.h"

namespace clipmill {

/// A place in time: `device` can take the job at `at`.
struct Opening {
  int device = -1;
  double at = 0;
  double finish = kNever;  ///< what it would then end at
};

/// A job that waits for an opening and must not be delayed.
struct Reservation {
  JobId job = 0;
  Opening opening;
  std::int64_t spare = 0;  ///< bytes that are free on that device beside the job when it starts
  int spare_lanes = 0;     ///< of the main kind
};

class DeviceTable {
 public:
  explicit DeviceTable(std::vector<DeviceSpec> devices);

  /// `job` runs on `device` from `now`; `end`: when it is expected to end.
  void start(JobId job, int device, const Demand& demand, double now);
  /// Where it ran, if it did.
  std::optional<int> end(JobId job);
  /// A lost device takes no jobs (those that run there are ended one by one) until it is back.
  void set_available(int device, bool available);
  bool available(int device) const { return devices_[index(device)].available; }
  /// What is measured to be free now, and how much of it the reservations of running jobs do not hold yet:
  /// foreign processes make it less than the table thinks.
  void set_foreign_bytes(int device, std::int64_t bytes);

  /// Where the job would end first if it started now; of equal ones, where the least memory stays unused.
  /// Starts that would delay `kept` do not count.
  std::optional<Opening> now(const Demand& demand, double now, const Reservation* kept = nullptr) const;
  /// The device that has been given the least work so far (seconds, there), of those with room.
  std::optional<Opening> least_loaded(const Demand& demand, double now,
                                      const Reservation* kept = nullptr) const;
  /// As now(), among openings that running jobs leave when they end as expected: of the devices that change
  /// next, the one where the job would end first. Nothing where it fits on no device at all.
  std::optional<Reservation> later(JobId job, const Demand& demand, double now) const;

  /// When the job would end at best: on the quickest kind of device, its model being there.
  double quickest(const Demand& demand, double now) const {
    return main_.kinds.empty() ? kNever : now + demand.seconds / main_.kinds.begin()->second.speed;
  }

  /// The first of the running jobs to end, as far as expected; none if none runs.
  struct ExpectedEnd {
    JobId job = 0;
    double at = 0;
  };
  std::optional<ExpectedEnd> next_end() const;

  std::int64_t free_bytes(int device) const;
  /// What the device waits for while `first` is the next job's demand; nullptr: nothing waits. Memory, where
  /// it has a lane for that job, but not the bytes.
  Wait wait_of(int device, const Demand* first) const;
  /// On a device that has a main lane left.
  std::int64_t largest_free() const;
  /// Of the devices that have a lane for that part and are not lost, the one with the most memory; none:
  /// nullptr.
  const DeviceSpec* largest(Part part) const;
  /// Their sizes, the largest first, each with the number of devices that have as much or more.
  struct Size {
    const DeviceSpec* device;
    int count;
  };
  std::vector<Size> sizes(Part part) const;
  /// What such a device has at most where nothing else of ours runs: others may hold some of it.
  std::int64_t most_left(Part part) const;
  /// Of the devices that are not lost.
  int decode_lanes() const;
  bool resident(int device, int model) const { return devices_[index(device)].model == model; }
  const std::vector<DeviceSpec>& specs() const { return specs_; }
  const DeviceSpec& spec(int device) const { return specs_[index(device)]; }
  int running() const { return static_cast<int>(where_.size()); }

 private:
  struct Running {
    JobId job;
    double end;
    std::int64_t bytes;
    bool decodes;
  };
  struct Device {
    std::vector<Running> running;  // by their end
    std::int64_t reserved = 0, foreign = 0;
    double load = 0;   // seconds of work given to it so far, ended or not
    int model = -1;    // resident; −1: none
    int decoding = 0;  // of those that run
    bool available = true;
  };
  /// Devices of one speed that have a lane left, by their free bytes.
  using ByFree = std::set<std::pair<std::int64_t, int>>;
  struct Kind {
    double speed;
    ByFree all;
    std::map<int, ByFree> by_model;
  };
  /// The devices that have a lane of one kind left.
  struct Lanes {
    std::map<double, Kind, std::greater<>> kinds;  // by speed, the quickest first
    std::set<std::pair<double, int>> by_load;
  };

  static int lanes_for(Part part, const DeviceSpec& spec) {
    return part == Part::kDecode ? spec.decode_lanes : spec.lanes;
  }
  static std::size_t index(int device) { return static_cast<std::size_t>(device); }
  void enter(int device);
  void leave(int device);
  void enter(Lanes& lanes, int device);
  void leave(Lanes& lanes, int device);
  const Lanes& lanes(const Demand& demand) const { return demand.part == Part::kDecode ? decode_ : main_; }
  std::optional<int> smallest_fit(const ByFree& devices, const Demand& demand, double end,
                                  const Reservation* kept) const;
  std::optional<Opening> now_of_kind(const Kind& kind, const Demand& demand, double now,
                                     const Reservation* kept) const;
  std::optional<Reservation> later_on(int device, const Demand& demand, double now) const;
  double work_seconds(int device, const Demand& demand) const;

  std::vector<DeviceSpec> specs_;
  std::vector<Device> devices_;
  Lanes main_, decode_;
  std::set<std::pair<double, int>> next_ends_;
  std::unordered_map<JobId, int> where_;
};

}  // namespace clipmill
