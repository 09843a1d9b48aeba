// Adam with decoupled weight decay, on torch's fused kernel.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <utility>
#include <vector>

#include "recipe/recipe.h"
#include "train/parameters.h"

namespace clipmill {

/// Loshchilov & Hutter, "Decoupled Weight Decay Regularization". Matrices decay, vectors do not.
class AdamW {
 public:
  struct Settings {
    double beta1 = 0.9, beta2 = 0.99, eps = 1e-8, weight_decay = 0;

    static Settings from(const OptimizerRecipe& recipe);
  };

  AdamW(const Parameters& parameters, Settings settings);

  /// One step along the gradients in the parameters, which stay.
  void step(double learning_rate);
  void zero_grad();
  /// ‖g‖₂ over all parameters; scales the gradients to `largest` where it is above (0: never).
  double clip(double largest);

  std::vector<at::Tensor> gradients() const;
  /// First and second moments and the step count, by parameter name: what a resumed run needs.
  Parameters::Named state() const;
  /// Takes over what state() gave. Throws Error(kInput) if it is another optimiser's.
  void load(const Parameters::Named& state);

 private:
  struct Group {
    std::vector<std::string> names;
    std::vector<at::Tensor> parameters, first, second, steps;
    double weight_decay;
  };

  Settings settings_;
  Group decayed_, plain_;
};

}  // namespace clipmill
