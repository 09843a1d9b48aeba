#include "clipmill/exported_jobs.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/job_fields.h"

namespace clipmill {
namespace {

std::string output_of(const nlohmann::json& job) { return job.at("spec").at("output").get<std::string>(); }

/// Outputs of the jobs of these states.
std::set<std::string> outputs_of(const nlohmann::json& queue, const std::set<std::string>& states) {
  std::set<std::string> outputs;
  for (const auto& job : queue.at("jobs")) {
    if (states.contains(job.at("state").get<std::string>())) outputs.insert(output_of(job));
  }
  return outputs;
}

}  // namespace

nlohmann::json exported_jobs(const nlohmann::json& queue) {
  const std::set<std::string> done = outputs_of(queue, {"done"});
  std::set<std::string> left_out = outputs_of(queue, {"done", "cancelled"}),
                        lost = outputs_of(queue, {"cancelled"});
  std::vector<JobSpec> jobs;
  for (const auto& job : queue.at("jobs")) {
    if (!left_out.contains(output_of(job))) jobs.push_back(job_from_json(job["spec"]));
  }
  const auto is_lost = [&](const JobSpec& job) {
    const bool needs_lost =
        std::ranges::any_of(job.after, [&](const auto& need) { return lost.contains(need); });
    if (needs_lost) lost.insert(job.output);
    return needs_lost;
  };
  while (std::erase_if(jobs, is_lost) > 0) {
  }
  nlohmann::json specs = nlohmann::json::array();
  for (JobSpec& job : jobs) {
    std::erase_if(job.after, [&](const std::string& need) { return done.contains(need); });
    specs.push_back(to_json(job));
  }
  return specs;
}

}  // namespace clipmill
