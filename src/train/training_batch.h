// How many clips a training step takes, by trying real steps.
#pragma once

#include "train/batch_search.h"
#include "train/flow_trainer.h"
#include "train/trial_steps.h"
#include "vram/device.h"

namespace clipmill {

/// Tries steps of every shape: a batch fits when all of them do. Sizes count the clips of one part; bytes are
/// the largest peak, seconds the mean. `trials` must outlive it.
ProbeBatch training_probe(Device& device, const TrialSteps& trials);

/// The search over such probes. Sizes are those of a whole batch, as the recipe counts them: multiples of its
/// parts.
FoundBatch search_training_batch(Device& device, const TrialSteps& trials, const BatchSearchLimits& limits);

/// The search for a transformer whose recipe says `segments`: where they are kAutoSegments, without any,
/// which cost time, unless not even one clip fits without them; the trainer is left in that state. `check` is
/// called before each trial and may throw.
FoundBatch search_flow_batch(Device& device, FlowTrainer& trainer, int segments,
                             const BatchSearchLimits& limits, const std::function<void()>& check);

/// The shape with the largest peak at `batch`, or the first that does not fit.
StepShape heaviest_step(Device& device, const TrialSteps& trials, int batch);

}  // namespace clipmill
