#include "train/training_batch.h"

#include <algorithm>

#include "vram/batch_driver.h"

namespace clipmill {
namespace {

/// What was found of parts, said of batches.
FoundBatch in_batches(FoundBatch found, int parts) {
  found.size.largest *= parts;
  found.size.fastest *= parts;
  if (found.size.bytes) found.size.bytes->per_item /= parts;
  for (BatchProbe& probe : found.size.probes) probe.size *= parts;
  return found;
}

BatchProbe probe_shape(Device& device, const TrialSteps& trials, const StepShape& shape, int batch) {
  const int clips = trials.clips(shape, batch);
  return probe_batch(
      device, [&](std::int64_t) { trials.run(shape, clips); }, clips);
}

}  // namespace

ProbeBatch training_probe(Device& device, const TrialSteps& trials) {
  return [&](std::int64_t size) {
    BatchProbe all{.size = size, .fits = true};
    for (const StepShape& shape : trials.shapes) {
      const BatchProbe probe = probe_shape(device, trials, shape, static_cast<int>(size) * trials.parts);
      if (!probe.fits) return BatchProbe{.size = size};
      all.bytes = std::max(all.bytes, probe.bytes);
      all.seconds += probe.seconds / static_cast<double>(trials.shapes.size());
    }
    return all;
  };
}

FoundBatch search_training_batch(Device& device, const TrialSteps& trials, const BatchSearchLimits& limits) {
  BatchSearchLimits of_part = limits;
  of_part.largest = std::max<std::int64_t>(1, limits.largest / trials.parts);
  return in_batches(search_batch(training_probe(device, trials), of_part), trials.parts);
}

FoundBatch search_flow_batch(Device& device, FlowTrainer& trainer, int segments,
                             const BatchSearchLimits& limits, const std::function<void()>& check) {
  const TrialSteps trials = trainer.trials().checked(check);
  const FoundBatch found = search_training_batch(device, trials, limits);
  if (found.size.largest > 0 || segments != kAutoSegments) return found;
  trainer.set_segments(trainer.blocks());
  return search_training_batch(device, trials, limits);
}

StepShape heaviest_step(Device& device, const TrialSteps& trials, int batch) {
  StepShape heaviest = trials.shapes.front();
  if (trials.shapes.size() == 1) return heaviest;
  std::int64_t most = 0;
  for (const StepShape& shape : trials.shapes) {
    const BatchProbe probe = probe_shape(device, trials, shape, batch);
    if (!probe.fits) return shape;
    if (probe.bytes > most) heaviest = shape, most = probe.bytes;
  }
  return heaviest;
}

}  // namespace clipmill
