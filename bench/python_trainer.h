// training_speed.py as a child process: one training step when asked for.
#pragma once

#include "python_child.h"

namespace clipmill {

struct TimedStep {
  double loss, seconds;
};

class PythonTrainer {
 public:
  /// Waits until it is ready. `folder`: what it trains on. Throws Error(kInput) when it does not start.
  PythonTrainer(const std::string& python, const std::filesystem::path& folder)
      : child_(python, "training_speed.py", folder) {}

  TimedStep step(const std::string& variant, int step);

 private:
  PythonChild child_;
};

}  // namespace clipmill
