// The folder of state files: latents of clips that have begun, one file a job.
#pragma once

#include <filesystem>

#include "core/ports.h"

namespace clipmill {

/// A state serves its job until that is done or cancelled; a failed job that is tried again goes on from it.
/// Made before any worker runs, it removes those that serve nobody, and what a killed worker had half
/// written.
class SavedStates : public EventSink {
 public:
  SavedStates(std::filesystem::path folder, const JobStore& store);
  void on_event(const Event& event) override;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  bool serves(JobId job) const;

  const std::filesystem::path folder_;
  const JobStore& store_;
};

}  // namespace clipmill
