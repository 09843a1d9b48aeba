// One optimiser step, whatever is trained: parts of a batch, mixed precision, clipping, the average.
#pragma once

#include <functional>
#include <memory>

#include "recipe/recipe.h"
#include "train/adamw.h"
#include "train/ema.h"
#include "train/step_result.h"
#include "vram/grad_scaler.h"

namespace clipmill {

class Optimization {
 public:
  /// `precision`: of the forward pass, by autocast; parameters and their gradients stay fp32.
  Optimization(std::shared_ptr<Parameters> parameters, const OptimizerRecipe& recipe, Precision precision,
               at::Device device);

  /// Step `step` of `recipe`'s schedule along the gradient of Σ loss(part) / recipe.accumulate. `age`: steps
  /// that the average has seen. A loss or gradient that is not finite changes no parameter; in fp16 the scale
  /// then shrinks and the step counts as skipped.
  StepResult step(const OptimizerRecipe& recipe, int step, int age,
                  const std::function<at::Tensor(int part)>& loss);

  /// The gradients of such a step, and nothing else: everything is as before when it returns or throws.
  void try_step(const OptimizerRecipe& recipe, const std::function<at::Tensor(int part)>& loss);

  const Ema& ema() const { return ema_; }
  Parameters::Named state() const;
  /// Throws Error(kInput) for the state of another model.
  void load(const Parameters::Named& state);

 private:
  double add_gradients(const OptimizerRecipe& recipe, const std::function<at::Tensor(int part)>& loss);

  std::shared_ptr<Parameters> parameters_;
  at::Device device_;
  at::ScalarType compute_;
  AdamW optimizer_;
  GradScaler scaler_;  // of fp16; passes everything else
  Ema ema_;
};

}  // namespace clipmill
