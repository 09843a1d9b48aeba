// training_speed.py as a child process: one training step when asked for.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>

namespace clipmill {

struct TimedStep {
  double loss, seconds;
};

class PythonTrainer {
 public:
  /// Waits until it is ready. `folder`: what it trains on. Throws Error(kInput) when it does not start.
  PythonTrainer(const std::string& python, const std::filesystem::path& folder);
  ~PythonTrainer();
  PythonTrainer(const PythonTrainer&) = delete;
  PythonTrainer& operator=(const PythonTrainer&) = delete;

  TimedStep step(const std::string& variant, int step);

 private:
  std::string answer();

  std::FILE* answers_;
  std::FILE* orders_;
};

}  // namespace clipmill
