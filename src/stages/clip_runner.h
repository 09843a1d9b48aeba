// Makes clips one after the other, and keeps the model between them.
#pragma once

#include <optional>

#include "stages/resident_model.h"
#include "stages/work.h"

namespace clipmill {

class ClipRunner {
 public:
  void run(const JobSpec& job, const WorkContext& work);
  /// Gives the model's memory back, for a job that needs it.
  void release(Device& device);

 private:
  ResidentModel& open_model(const JobSpec& job, const WorkContext& work);

  std::optional<ResidentModel> model_;
};

}  // namespace clipmill
