#include "train/flow_loss.h"

namespace clipmill {

NoisedBatch add_noise(const at::Tensor& x0, const FlowRecipe& recipe, at::Generator& generator) {
  // From the CPU's generator in fp32, so that every device sees the same noise.
  const auto options = at::TensorOptions(at::kFloat);
  const at::Tensor u =
      (recipe.logit_mean + recipe.logit_std * at::randn({x0.size(0)}, generator, options)).sigmoid();
  const at::Tensor flat = recipe.sigma_shift * u / (1 + (recipe.sigma_shift - 1) * u);
  const at::Tensor sigma = flat.view({-1, 1, 1, 1, 1}).to(x0.device());
  const at::Tensor noise = at::randn(x0.sizes(), generator, options).to(x0.device());
  return {(1 - sigma) * x0 + sigma * noise, noise - x0, (1000 * flat).to(x0.device())};
}

}  // namespace clipmill
