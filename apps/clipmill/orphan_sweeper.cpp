#include "clipmill/orphan_sweeper.h"

#include "base/atomic_file.h"
#include "clipmill/job_paths.h"

namespace clipmill {

void OrphanSweeper::on_event(const Event& event) {
  const auto* failure = std::get_if<JobFailed>(&event.what);
  const bool died = failure && failure->kind == ErrorKind::kWorker;
  if (!died && !std::holds_alternative<JobRetried>(event.what)) return;
  const auto job = store_.find(event.job);
  if (!job) return;
  for (const auto& folder : written_folders(job->spec)) remove_orphans_in(folder);
}

}  // namespace clipmill
