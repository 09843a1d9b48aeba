// Half-written files of killed processes.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <span>

#include "core/ports.h"

namespace clipmill {

/// A killed process cannot remove its half-written files. This does, in the folders that the jobs write into:
/// of earlier runs when it is made, of a worker when it dies, and of the last ones when it goes. It has to
/// outlive the workers.
class Leftovers : public EventSink {
 public:
  explicit Leftovers(std::span<const Job> jobs);
  ~Leftovers() override;
  Leftovers(const Leftovers&) = delete;
  Leftovers& operator=(const Leftovers&) = delete;

  void on_event(const Event& event) override;

 private:
  std::map<JobId, std::set<std::filesystem::path>> folders_;
  std::set<std::filesystem::path> all_;
};

}  // namespace clipmill
