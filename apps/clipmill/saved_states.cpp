#include "clipmill/saved_states.h"

#include <system_error>
#include <vector>

#include "base/atomic_file.h"
#include "base/number.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// 0: no state file's name.
JobId job_of(const fs::path& file) { return number_in<JobId>(file.filename().string()).value_or(0); }

}  // namespace

SavedStates::SavedStates(fs::path folder, const JobStore& store) : folder_(std::move(folder)), store_(store) {
  fs::create_directories(folder_);
  remove_orphans_in(folder_);
  std::vector<fs::path> useless;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const JobId job = job_of(entry.path());
    if (job > 0 && !serves(job)) useless.push_back(entry.path());
  }
  std::error_code ignored;
  for (const fs::path& file : useless) fs::remove(file, ignored);
}

bool SavedStates::serves(JobId job) const {
  const auto known = store_.find(job);
  return known && known->state != JobState::kDone && known->state != JobState::kCancelled;
}

void SavedStates::on_event(const Event& event) {
  const bool over =
      std::holds_alternative<JobFinished>(event.what) || std::holds_alternative<JobFailed>(event.what);
  std::error_code ignored;
  if (over && !serves(event.job)) fs::remove(folder_ / std::to_string(event.job), ignored);
}

}  // namespace clipmill
