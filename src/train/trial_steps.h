// Steps of a training that are only tried: real batches with real gradients, of which nothing stays.
#pragma once

#include <functional>
#include <vector>

#include "recipe/recipe.h"

namespace clipmill {

/// One kind of step that a training takes: memory differs between them.
struct StepShape {
  Bucket bucket;  ///< of its clips
  int step = 0;   ///< a step of the schedule that is like it
};

struct TrialSteps {
  std::vector<StepShape> shapes;  ///< at least one
  Bucket reference;               ///< what `batch` of the recipe counts in
  int parts = 1;                  ///< that a batch is computed in
  /// Forward and backward pass of a batch of `clips` clips. Parameters, moments, average and gradients are
  /// as before when it returns or throws.
  std::function<void(const StepShape& shape, int clips)> run;

  /// The same, with `check` called before each run; it may throw.
  TrialSteps checked(const std::function<void()>& check) const;

  /// Clips of `shape` in a step, when the recipe says `batch`.
  int clips(const StepShape& shape, int batch) const;
};

}  // namespace clipmill
