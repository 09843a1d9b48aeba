#include "python_trainer.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>

#include "base/error.h"

namespace clipmill {

PythonTrainer::PythonTrainer(const std::string& python, const std::filesystem::path& folder) {
  const std::string orders = (folder / "orders").string();
  if (::mkfifo(orders.c_str(), 0600) != 0) throw input_error("{}: no named pipe can be made there", orders);
  const std::string command = fmt::format("exec '{}' '{}/bench/training_speed.py' '{}' < '{}'", python,
                                          CLIPMILL_SOURCE_DIR, folder.string(), orders);
  answers_ = ::popen(command.c_str(), "r");
  orders_ = std::fopen(orders.c_str(), "w");
  if (!answers_ || !orders_ || answer() != "ready\n") throw input_error("{}: did not start", command);
}

PythonTrainer::~PythonTrainer() {
  std::fclose(orders_);  // its input ends, and so it does
  ::pclose(answers_);
}

TimedStep PythonTrainer::step(const std::string& variant, int step) {
  fmt::print(orders_, "{} {}\n", variant, step);
  std::fflush(orders_);
  TimedStep timed{};
  const std::string line = answer();
  if (std::sscanf(line.c_str(), "%lf %lf", &timed.loss, &timed.seconds) != 2)
    throw input_error("training_speed.py ended in step {} of \"{}\"", step, variant);
  return timed;
}

std::string PythonTrainer::answer() {
  std::array<char, 256> line{};
  return std::fgets(line.data(), line.size(), answers_) ? line.data() : "";
}

}  // namespace clipmill
