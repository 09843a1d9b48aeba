#include "train/trial_steps.h"

#include "train/batch_draw.h"

namespace clipmill {

int TrialSteps::clips(const StepShape& shape, int batch) const {
  return clips_in_batch(batch, shape.bucket, reference, parts);
}

TrialSteps TrialSteps::checked(const std::function<void()>& check) const {
  TrialSteps trials = *this;
  trials.run = [run = run, check](const StepShape& shape, int clips) {
    check();
    run(shape, clips);
  };
  return trials;
}

}  // namespace clipmill
