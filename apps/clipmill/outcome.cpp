#include "clipmill/outcome.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "clipmill/json_output.h"
#include "observe/summary.h"

namespace clipmill {
namespace {

nlohmann::json with_result(const Account& account) {
  nlohmann::json object = to_json(account);
  const Job& job = account.jobs().front().job;
  if (job.state == JobState::kDone)
    object["result"] = nlohmann::json::parse(read_file(job.spec.output), nullptr, false);
  return object;
}

}  // namespace

int tell_outcome(const RunResult& result, const RunOptions& options) {
  fmt::print(people(options), "{}", summary_table(result.account));
  if (result.interrupted && result.account.totals().unfinished > 0)
    fmt::print(people(options), "interrupted: {}\n", options.afterwards);
  if (options.json) {
    print_indented(with_result(result.account));
  }
  if (result.broken) std::rethrow_exception(result.broken);
  return exit_code(result.account);
}

}  // namespace clipmill
