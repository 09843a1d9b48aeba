#include "clipmill/expiry.h"

#include <algorithm>

#include "base/file_stamp.h"
#include "clipmill/job_files.h"

namespace clipmill {
namespace {

/// Accounts reach back so far (serve/report_api.h).
constexpr double kHistorySeconds = 30 * 86'400.0;
constexpr double kHistoryTurnSeconds = 3'600;

}  // namespace

void Expiry::look() {
  const double now = wall_time_();
  if (now < history_looked_at_ || now >= history_looked_at_ + kHistoryTurnSeconds) {
    history_looked_at_ = now;
    store_.forget_history_before(now - kHistorySeconds);
  }
  if (seconds_ <= 0 || now < looked_at_ + std::min(seconds_, 60.0)) return;
  looked_at_ = now;
  for (const auto& [job, made] : store_.forget_done_before(now - seconds_)) {
    if (stamp_of(job.output) == made) remove_outputs(job);
  }
}

}  // namespace clipmill
