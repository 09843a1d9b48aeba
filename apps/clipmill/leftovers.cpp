#include "clipmill/leftovers.h"

#include "base/atomic_file.h"
#include "clipmill/job_paths.h"

namespace clipmill {
namespace {

void clean(const std::set<std::filesystem::path>& folders) {
  for (const std::filesystem::path& folder : folders) remove_orphans_in(folder);
}

}  // namespace

Leftovers::Leftovers(std::span<const Job> jobs) {
  for (const Job& job : jobs) {
    folders_[job.id] = written_folders(job.spec);
    all_.insert(folders_[job.id].begin(), folders_[job.id].end());
  }
  clean(all_);
}

Leftovers::~Leftovers() { clean(all_); }

void Leftovers::on_event(const Event& event) {
  const auto* failure = std::get_if<JobFailed>(&event.what);
  if (failure && failure->kind == ErrorKind::kWorker) clean(folders_.at(event.job));
}

}  // namespace clipmill
