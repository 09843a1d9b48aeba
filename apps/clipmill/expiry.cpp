#include "clipmill/expiry.h"

#include <algorithm>

#include "base/file_stamp.h"
#include "clipmill/job_files.h"
#include "observe/hour.h"

namespace clipmill {
namespace {

constexpr double kHistoryTurnSeconds = 3'600;

}  // namespace

void Expiry::look() {
  const double now = wall_time_();
  if (now < history_looked_at_ || now >= history_looked_at_ + kHistoryTurnSeconds) {
    history_looked_at_ = now;
    store_.forget_history_before(now - kMostHistorySeconds);
  }
  if (seconds_ <= 0 || now < looked_at_ + std::min(seconds_, 60.0)) return;
  looked_at_ = now;
  for (const auto& [id, job, made] : store_.done_before(now - seconds_)) {
    if (stamp_of(job.output) == made) remove_outputs(job);
    store_.forget(id);  // the last, so that nothing is left behind by a crash
    gone_(id);
  }
}

}  // namespace clipmill
