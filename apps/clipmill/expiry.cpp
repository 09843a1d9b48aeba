#include "clipmill/expiry.h"

#include <algorithm>

#include "base/file_stamp.h"
#include "clipmill/job_files.h"

namespace clipmill {

void Expiry::look() {
  const double now = wall_time_();
  if (seconds_ <= 0 || now < looked_at_ + std::min(seconds_, 60.0)) return;
  looked_at_ = now;
  for (const auto& [job, made] : store_.forget_done_before(now - seconds_)) {
    if (stamp_of(job.output) == made) remove_outputs(job);
  }
}

}  // namespace clipmill
