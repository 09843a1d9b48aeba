#include "observe/top_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/local_time.h"
#include "base/text.h"
#include "base/units.h"
#include "observe/columns.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr std::size_t kMemoryBar = 30;

std::int64_t bytes_of(const json& device, const char* key) { return device.value(key, std::int64_t{0}); }

/// A letter a share of the budget: "MMMMMMddii....".
std::string memory_bar(const json& device) {
  const double budget = static_cast<double>(std::max<std::int64_t>(bytes_of(device, "budget_bytes"), 1));
  std::string bar;
  double sum = 0;
  for (const auto& [key, letter] :
       {std::pair{"model_bytes", 'M'}, {"data_bytes", 'd'}, {"intermediate_bytes", 'i'}}) {
    sum += static_cast<double>(bytes_of(device, key));
    const auto until = static_cast<std::size_t>(sum / budget * kMemoryBar + 0.5);
    bar.resize(std::max(bar.size(), std::min(until, kMemoryBar)), letter);
  }
  bar.resize(kMemoryBar, '.');
  return bar;
}

std::string device_top(const json& device) {
  const json& busy = device.at("utilisation");
  std::string line = fmt::format("{:<8}{:>5}  [{}] {} of {}", device.at("name").get<std::string>(),
                                 busy.is_null() ? "?" : fmt::format("{:.0f} %", 100 * busy.get<double>()),
                                 memory_bar(device), format_bytes(bytes_of(device, "used_bytes")),
                                 format_bytes(bytes_of(device, "budget_bytes")));
  if (device.contains("power_watts")) line += fmt::format("  {:.0f} W", device["power_watts"].get<double>());
  if (device.contains("temperature_celsius"))
    line += fmt::format("  {:.0f} °C", device["temperature_celsius"].get<double>());
  return line;
}

std::string split_top(const json& device) {
  return fmt::format(
      "        model {}, data {}, intermediate {}{}", format_bytes(bytes_of(device, "model_bytes")),
      format_bytes(bytes_of(device, "data_bytes")), format_bytes(bytes_of(device, "intermediate_bytes")),
      device.contains("foreign_bytes")
          ? fmt::format(", others {}", format_bytes(bytes_of(device, "foreign_bytes")))
          : "");
}

std::string job_top(const json& job) {
  const std::string steps =
      job.at("total") > 0 ? fmt::format("{}/{}", job["done"].get<int>(), job["total"].get<int>()) : "";
  return fmt::format("        job {} {:<13}{:<8}{}", job.at("id").get<std::int64_t>(),
                     job.at("stage").get<std::string>(), steps, job.at("name").get<std::string>());
}

void add_devices(const json& health, std::vector<std::string>& lines) {
  for (const json& device : health.at("devices")) {
    lines.push_back(device_top(device));
    lines.push_back(split_top(device));
    for (const json& job : device.at("jobs")) lines.push_back(job_top(job));
    if (device.contains("trouble"))
      lines.push_back("        gets no jobs: " + device["trouble"].get<std::string>());
  }
}

/// `text` in lines of at most `width` columns, broken between words, each behind an indent.
void add_wrapped(const std::string& text, std::size_t width, std::vector<std::string>& lines) {
  constexpr std::size_t kIndent = 7;  // each word brings a space
  std::string line(kIndent, ' ');
  for (const std::string_view word : pieces(text, ' ')) {
    if (line.size() > kIndent && columns(line) + 1 + columns(word) > width)
      lines.push_back(std::exchange(line, std::string(kIndent, ' ')));
    line += fmt::format(" {}", word);
  }
  lines.push_back(line);
}

void add_alarms(const json& health, std::size_t width, std::vector<std::string>& lines) {
  for (const json& alarm : health.at("alarms")) {
    if (alarm.at("state") != "firing") continue;
    lines.push_back(fmt::format("! {} of {} since {}", alarm.at("name").get<std::string>(),
                                alarm.at("subject").get<std::string>(),
                                format_local_time(alarm.at("since").get<double>()).substr(11)));
    add_wrapped(alarm.at("advice").get<std::string>(), width, lines);
  }
}

void add_queue(const json& queue, std::vector<std::string>& lines) {
  for (const json& job : queue.at("jobs")) {
    if (job.at("state") != "waiting") continue;
    const std::string output = job.at("spec").value("output", "");
    lines.push_back(fmt::format("  job {} {}  {}", job.at("id").get<std::int64_t>(),
                                output.substr(output.rfind('/') + 1), job.value("waits_for", "")));
  }
}

std::string head_top(const json& health) {
  return fmt::format("clipmill{}: {} running, {} waiting", health.value("paused", false) ? " (paused)" : "",
                     health.at("running").get<int>(), health.at("waiting").get<int>());
}

}  // namespace

std::vector<std::string> top_lines(const json& health, const json& queue, std::size_t width,
                                   std::size_t height) {
  std::vector<std::string> lines = {head_top(health)};
  add_alarms(health, width, lines);  // these must be seen, however many devices there are
  lines.emplace_back();
  add_devices(health, lines);
  lines.emplace_back();
  add_queue(queue, lines);
  if (lines.back().empty()) lines.pop_back();
  if (lines.size() > height) {
    const std::size_t hidden = lines.size() - height + 1;
    lines.resize(height - 1);
    lines.push_back(fmt::format("  … and {} lines more", hidden));
  }
  for (std::string& line : lines) line = fit_columns(line, width);
  return lines;
}

}  // namespace clipmill
