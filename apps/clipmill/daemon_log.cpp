#include "clipmill/daemon_log.h"

#include <fmt/format.h>

#include "base/local_time.h"
#include "base/units.h"
#include "core/memory_ladder.h"
#include "observe/job_name.h"

namespace clipmill {

void DaemonLog::line(const Event& event, const std::string& text) const {
  const auto job = store_.find(event.job);
  fmt::print(out_, "{}  job {} {}  {}\n", format_local_time(wall_time_()), event.job,
             job ? job_name(job->spec) : "", text);
  std::fflush(out_);
}

void DaemonLog::on_event(const Event& event) {
  std::visit(
      Overloaded{
          [&](const JobStarted& e) {
            const std::string plan = e.why.empty() ? "" : fmt::format(": {} ({})", to_string(e.plan), e.why);
            line(event, fmt::format("started on {}{}", event.device, plan));
          },
          [&](const JobFinished& e) { line(event, fmt::format("done in {:.1f} s", e.seconds)); },
          [&](const JobFailed& e) { line(event, fmt::format("ended: {}", e.message)); },
          [&](const JobRetried& e) { line(event, fmt::format("waits again: {}", e.why.message)); },
          [&](const PlanChanged& e) {
            line(event,
                 fmt::format("{} did not fit, goes on {}: {}", to_string(e.stage), to_string(e.to), e.why));
          },
          [&](const LeakFound& e) {
            line(event, fmt::format("leaves {}: {}", format_bytes(e.bytes), e.text));
          },
          [&](const Notice& e) { line(event, e.text); },
          [](const auto&) {},
      },
      event.what);
}

}  // namespace clipmill
