// Workers that write clips of known bytes, step by step, and fail as a random generator decides.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/device_table.h"
#include "core/ports.h"
#include "simulated_disk.h"

namespace clipmill {

/// The bytes of the clip that `spec` asks for.
std::string clip_bytes(const std::string& prompt);

/// Bytes that a job takes, as the scheduler is told.
std::int64_t bytes_of(JobId job);

class Workers : public Runner {
 public:
  struct Options {
    bool fail = true;
    bool remake_allowed = false;
    int decode_lanes = 0;
  };
  /// `meanwhile` is called in each wait, after one running attempt has made a step.
  Workers(SimulatedDisk& disk, std::mt19937& random, const Options& options, std::function<void()> meanwhile,
          std::function<void(const std::string&)> problem);

  std::vector<DeviceSpec> devices() const;
  bool available(const std::string&) const override { return true; }
  void start(const Attempt& attempt) override;
  std::optional<Event> next_event() override;
  void wait(double seconds) override;
  void cancel(const Attempt& attempt) override;
  int made() const { return made_; }

 private:
  struct Work {
    Attempt attempt;
    int step = 0;
    bool cancelled = false;
  };

  void step(Work& work);
  std::optional<JobFailed> write(const std::string& path, const std::string& bytes);
  std::optional<JobFailed> accident(const Work& work);
  void tell(const Work& work, EventPayload what);
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  SimulatedDisk& disk_;
  std::mt19937& random_;
  const Options options_;
  const std::function<void()> meanwhile_;
  const std::function<void(const std::string&)> problem_;
  std::map<AttemptId, Work> running_;
  std::deque<Event> events_;
  int made_ = 0;
};

}  // namespace clipmill
