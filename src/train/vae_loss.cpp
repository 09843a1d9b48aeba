#include "train/vae_loss.h"

#include <c10/core/GradMode.h>

namespace clipmill {
namespace {

constexpr double kFullContrast = 0.5;  // of a range of 2: from here on an edge is an edge

}  // namespace

at::Tensor rim_weight(const at::Tensor& pixels, double rim) {
  const c10::NoGradGuard no_grad;
  const at::Tensor images = pixels.transpose(1, 2).flatten(0, 1);  // [B·T,3,H,W]
  const auto pool = [](const at::Tensor& x) { return at::max_pool2d(x, {3, 3}, {1, 1}, {1, 1}); };
  const at::Tensor contrast = (pool(images) + pool(-images)).amax(1, true);
  const at::Tensor weight = 1 + rim * (contrast / kFullContrast).clamp_max(1);
  return (weight / weight.mean()).unflatten(0, {pixels.size(0), pixels.size(2)}).transpose(1, 2);
}

at::Tensor gradient_l1(const at::Tensor& d) {
  const std::int64_t h = d.size(3), w = d.size(4);
  return (d.narrow(4, 1, w - 1) - d.narrow(4, 0, w - 1)).abs().mean() +
         (d.narrow(3, 1, h - 1) - d.narrow(3, 0, h - 1)).abs().mean();
}

at::Tensor kl_divergence(const Vae::Moments& m) {
  return 0.5 * (m.mean.square() + m.log_variance.exp() - 1 - m.log_variance).mean();
}

at::Tensor vae_loss(const at::Tensor& decoded, const at::Tensor& pixels, const Vae::Moments& moments,
                    const VaeRecipe& recipe) {
  const at::Tensor d = decoded - pixels;
  at::Tensor loss = (rim_weight(pixels, recipe.rim) * (d.abs() + d.square())).mean();
  if (recipe.edge > 0) loss = loss + recipe.edge * gradient_l1(d);
  if (recipe.kl > 0) loss = loss + recipe.kl * kl_divergence(moments);
  return loss;
}

}  // namespace clipmill
