// Makes clips, or parts of them, one after the other, and keeps the model between them: one for each lane.
#pragma once

#include <mutex>
#include <optional>

#include "stages/resident_model.h"
#include "stages/work.h"

namespace clipmill {

class ClipRunner {
 public:
  void run(const JobSpec& job, const WorkContext& work);
  /// Gives the model's memory back, for a job that needs it; from another lane, once the clip at work is
  /// done.
  void release(Device& device);
  /// The same, from another lane, unless a clip is at work. False: there was nothing to give.
  bool release_if_idle(Device& device);

 private:
  void drop_model(Device& device);
  ResidentModel& open_model(const JobSpec& job, const WorkContext& work);

  std::mutex mutex_;
  std::optional<ResidentModel> model_;
};

}  // namespace clipmill
