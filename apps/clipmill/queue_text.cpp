#include "clipmill/queue_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/local_time.h"
#include "observe/columns.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 6> kOrder = {"running",     "waiting",   "failed",
                                                    "quarantined", "cancelled", "done"};

std::size_t rank(const json& job) {
  const auto state = job.at("state").get<std::string>();
  return static_cast<std::size_t>(std::ranges::find(kOrder, state) - kOrder.begin());
}

std::string progress(const json& job) {
  if (!job.contains("progress")) return "";
  const json& at = job["progress"];
  std::string text = at.at("device").get<std::string>() + " " + at.at("stage").get<std::string>();
  if (at.at("total") > 0) text += fmt::format(" {}/{}", at["done"].get<int>(), at["total"].get<int>());
  return text;
}

std::string remark(const json& job) {
  if (job.contains("waits_for")) return "waits for " + job["waits_for"].get<std::string>();
  if (job.at("state") == "running") return progress(job);
  if (job.contains("failure")) return job["failure"].at("message").get<std::string>();
  if (job.contains("result")) return fmt::format("{:.1f} s", job["result"].at("seconds").get<double>());
  return "";
}

std::string name_of(const json& job) {
  const std::filesystem::path output(job.at("spec").value("output", ""));
  const std::string kind = job["spec"].value("kind", "clip");
  return (kind == "clip" || kind == "command" ? output : output.parent_path()).filename().string();
}

}  // namespace

std::string queue_text(const json& queue, std::size_t rows, std::size_t width) {
  std::vector<const json*> jobs;
  std::map<std::string, int> counts;
  for (const json& job : queue.at("jobs")) {
    jobs.push_back(&job);
    ++counts[job.at("state").get<std::string>()];
  }
  std::ranges::stable_sort(jobs, {}, [](const json* job) { return rank(*job); });
  std::string text = queue.at("paused") == true ? "paused; " : "";
  for (const std::string_view state : kOrder) {
    if (counts.contains(std::string(state)))
      text += fmt::format("{} {}, ", counts[std::string(state)], state);
  }
  text += fmt::format("{} jobs\n", jobs.size());
  for (const json& device : queue.at("devices")) {
    if (device.contains("trouble"))
      text += fit_columns("no jobs: " + device["trouble"].get<std::string>(), width) + "\n";
  }
  for (std::size_t i = 0; i < std::min(rows, jobs.size()); ++i) {
    const json& job = *jobs[i];
    const std::string line = fmt::format("{:>6}  {:<11}  {}  {}", job.at("id").get<std::int64_t>(),
                                         job["state"].get<std::string>(),
                                         pad_columns(fit_columns_middle(name_of(job), 28), 28), remark(job));
    text += fit_columns(line, width) + "\n";
  }
  if (jobs.size() > rows) text += fmt::format("… and {} more: --all\n", jobs.size() - rows);
  return text;
}

std::string job_text(const json& job) {
  std::string text =
      fmt::format("job {}  {}\n", job.at("id").get<std::int64_t>(), job.at("state").get<std::string>());
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text += fmt::format("  {:<10} {}\n", name, value);
  };
  add("submitted", format_local_time(job.at("submitted").get<double>()));
  add("attempts", std::to_string(job.at("attempts").get<int>()));
  add("now", remark(job));
  if (job.contains("failure")) add("hint", job["failure"].value("hint", ""));
  for (const json& attempt : job.value("history", json::array())) {
    const auto outcome = attempt.at("outcome").get<std::string>(),
               message = attempt.at("message").get<std::string>();
    add("attempt", fmt::format("{} on {}{}{}", format_local_time(attempt.at("started").get<double>()),
                               attempt.at("device").get<std::string>(), outcome.empty() ? "" : ", " + outcome,
                               message.empty() ? "" : ": " + message));
  }
  for (const auto& [key, value] : job.at("spec").items())
    add(key, value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

}  // namespace clipmill
