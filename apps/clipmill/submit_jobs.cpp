#include "clipmill/submit_jobs.h"

#include <fmt/format.h>

#include <vector>

#include "clipmill/command.h"
#include "clipmill/wait_for_jobs.h"

namespace clipmill {

int submit_jobs(const DaemonClient& daemon, const nlohmann::json& jobs, const SubmitOptions& options) {
  const auto answer = daemon.post("/v1/queue/jobs", {{"jobs", jobs}});
  const auto ids = answer.at("ids").get<std::vector<std::int64_t>>();
  if (options.json) {
    fmt::print("{}\n", answer.dump());
  } else if (ids.empty()) {
    fmt::print("no jobs\n");
  } else if (ids.size() == 1) {
    fmt::print("job {}\n", ids.front());
  } else {
    fmt::print("{} jobs: {} to {}\n", ids.size(), ids.front(), ids.back());
  }
  return options.wait ? wait_for_jobs(daemon, ids) : kAllDone;
}

}  // namespace clipmill
