#include "clipmill/leftovers.h"

#include "base/atomic_file.h"
#include "clipmill/job_paths.h"

namespace clipmill {

Leftovers::Leftovers(std::span<const Job> jobs) {
  for (const Job& job : jobs) folders_.merge(written_folders(job.spec));
  clean();
}

Leftovers::~Leftovers() { clean(); }

void Leftovers::clean() const {
  for (const std::filesystem::path& folder : folders_) remove_orphans_in(folder);
}

}  // namespace clipmill
