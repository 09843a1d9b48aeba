#include "stages/clip_runner.h"

#include <c10/core/GradMode.h>

#include "stages/clip_job.h"

namespace clipmill {

void ClipRunner::run(const JobSpec& job, const WorkContext& work) {
  const std::lock_guard lock(mutex_);
  const c10::NoGradGuard no_grad;
  const auto enter_kept = [&] {
    if (work.kept && model_) model_->enter(*work.kept);
  };
  try {
    ClipJob(job, open_model(job, work), work).run();
  } catch (...) {
    if (model_) model_->done();
    enter_kept();
    throw;
  }
  enter_kept();
}

void ClipRunner::release(Device& device) {
  const std::lock_guard lock(mutex_);
  drop_model(device);
}

bool ClipRunner::release_if_idle(Device& device) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || !model_) return false;
  drop_model(device);
  return true;
}

void ClipRunner::drop_model(Device& device) {
  model_.reset();
  device.trim();
}

ResidentModel& ClipRunner::open_model(const JobSpec& job, const WorkContext& work) {
  if (!model_ || !model_->serves(job)) {
    drop_model(work.device);
    const StageTimer timer(Stage::kLoad, work.device, work.clock, work.report);
    model_.emplace(job, work.device);
    timer.finish();
  }
  model_->adopt(work.plan);
  return *model_;
}

}  // namespace clipmill
