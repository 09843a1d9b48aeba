// Half-written files of killed processes.
#pragma once

#include <filesystem>
#include <set>
#include <span>

#include "core/ports.h"

namespace clipmill {

/// A killed process cannot remove its half-written files. This does, in the folders that the jobs write into:
/// of earlier runs when it is made, and of the last workers when it goes. It has to outlive them.
class Leftovers {
 public:
  explicit Leftovers(std::span<const Job> jobs);
  ~Leftovers();
  Leftovers(const Leftovers&) = delete;
  Leftovers& operator=(const Leftovers&) = delete;

 private:
  void clean() const;

  std::set<std::filesystem::path> folders_;
};

}  // namespace clipmill
