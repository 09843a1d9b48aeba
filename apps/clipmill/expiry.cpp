#include "clipmill/expiry.h"

#include <filesystem>
#include <system_error>

namespace clipmill {

void Expiry::look() {
  const double now = wall_time_();
  if (seconds_ <= 0 || now < looked_at_ + 60) return;
  looked_at_ = now;
  std::error_code ignored;
  for (const JobSpec& job : store_.forget_done_before(now - seconds_)) {
    std::filesystem::remove(job.output, ignored);
    if (!job.poster.empty()) std::filesystem::remove(job.poster, ignored);
  }
}

}  // namespace clipmill
