#include "python_trainer.h"

#include <fmt/format.h>

#include "base/error.h"

namespace clipmill {

TimedStep PythonTrainer::step(const std::string& variant, int step) {
  TimedStep timed{};
  const std::string line = child_.ask(fmt::format("{} {}", variant, step));
  if (std::sscanf(line.c_str(), "%lf %lf", &timed.loss, &timed.seconds) != 2)
    throw input_error("training_speed.py ended in step {} of \"{}\"", step, variant);
  return timed;
}

}  // namespace clipmill
