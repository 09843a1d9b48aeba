#include "clipmill/wait_for_jobs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <thread>

#include "base/error.h"
#include "clipmill/command.h"

namespace clipmill {
namespace {

struct Counts {
  int all = 0, open = 0, running = 0, done = 0;
};

Counts count(const DaemonClient& daemon, const std::set<std::int64_t>& wanted) {
  const auto states = daemon.post("/v1/queue/counts", {{"ids", wanted}});
  Counts counts{.running = states.at("running"), .done = states.at("done")};
  counts.open = counts.running + states.at("waiting").get<int>();
  for (const auto& [state, number] : states.items()) counts.all += number.get<int>();
  return counts;
}

}  // namespace

int wait_for_jobs(const DaemonClient& daemon, const std::vector<std::int64_t>& ids) {
  const std::set<std::int64_t> wanted(ids.begin(), ids.end());
  const bool line = ::isatty(STDERR_FILENO);
  while (true) {
    const Counts counts = count(daemon, wanted);
    if (counts.all < static_cast<int>(wanted.size())) throw input_error("not all of these jobs exist");
    if (line) {
      fmt::print(stderr, "\r\033[K{} of {} done, {} running", counts.done, counts.all, counts.running);
      std::fflush(stderr);
    }
    if (counts.open == 0) {
      if (line) fmt::print(stderr, "\n");
      return counts.done == counts.all ? kAllDone : kSomeFailed;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
}

}  // namespace clipmill
