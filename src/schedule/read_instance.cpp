#include "schedule/read_instance.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/number.h"
#include "base/text.h"

namespace clipmill::schedule {
namespace {

/// The lines that say something, one after the other.
class Lines {
 public:
  Lines(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  /// Goes to the next line; false at the end.
  bool next() {
    while (!rest_.empty()) {
      const std::size_t end = std::min(rest_.find('\n'), rest_.size());
      line_ = trimmed(rest_.substr(0, std::min(rest_.find('#'), end)));
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      ++number_;
      if (!line_.empty()) return true;
    }
    return false;
  }

  /// The line's numbers: as many as `what` has words.
  template <std::size_t N>
  void read(double (&values)[N], std::string_view what) const {
    std::string_view left = line_;
    for (double& value : values) value = number(left, what);
    if (!left.empty()) throw error(what);
  }

  Error error(std::string_view what) const {
    return input_error("{}: line {}: expected \"{}\", not \"{}\"", name_, number_, what, shorten(line_, 60));
  }
  Error problem(std::string_view message) const {
    return input_error("{}: line {}: {}", name_, number_, message);
  }

 private:
  double number(std::string_view& left, std::string_view what) const {
    const std::string_view word = left.substr(0, left.find_first_of(" \t\r"));
    const auto value = number_in<double>(word);
    if (!value || !std::isfinite(*value) || *value < 0) throw error(what);
    left = trimmed(left.substr(word.size()));
    return *value;
  }

  std::string_view rest_, name_, line_;
  int number_ = 0;
};

bool is_count(double x, double least) { return x >= least && x <= INT32_MAX && x == std::floor(x); }

Task read_task(const Lines& lines, double job, double capacity) {
  double values[2];
  lines.read(values, "processing_time resource_demand");
  const auto [time, demand] = values;
  if (demand > capacity) {
    throw lines.problem(fmt::format("job {} demands {}, more than the total of {}", job, demand, capacity));
  }
  return {time, demand};
}

}  // namespace

Instance parse_instance(std::string_view text, std::string_view name) {
  constexpr std::string_view kHeader = "machines jobs resource_total";
  Lines lines(text, name);
  if (!lines.next()) throw input_error("{}: is empty; its first line must be \"{}\"", name, kHeader);
  double header[3];
  lines.read(header, kHeader);
  const auto [machines, jobs, capacity] = header;
  if (!is_count(machines, 1) || !is_count(jobs, 0)) throw lines.error(kHeader);

  Instance instance{.machines = static_cast<int>(machines), .capacity = capacity};
  while (lines.next()) {
    const double job = static_cast<double>(instance.tasks.size()) + 1;
    if (job > jobs) throw lines.problem(fmt::format("a job more than the {} of the first line", jobs));
    instance.tasks.push_back(read_task(lines, job, capacity));
  }
  if (static_cast<double>(instance.tasks.size()) < jobs) {
    throw lines.problem(fmt::format("ends after {} of {} jobs", instance.tasks.size(), jobs));
  }
  return instance;
}

Instance read_instance(const std::filesystem::path& file) {
  return parse_instance(read_file(file), file.string());
}

std::string to_text(const Instance& instance) {
  std::string text = fmt::format("{} {} {}\n", instance.machines, instance.tasks.size(), instance.capacity);
  for (const auto& [time, demand] : instance.tasks) text += fmt::format("{} {}\n", time, demand);
  return text;
}

}  // namespace clipmill::schedule
