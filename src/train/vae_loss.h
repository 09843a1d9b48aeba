// What a VAE is trained to make small.
#pragma once

#include <ATen/ATen.h>

#include "model/vae/vae.h"
#include "recipe/recipe.h"

namespace clipmill {

/// Weight of each pixel, mean 1: 1 + rim · (local contrast of `pixels` within 3×3), because edges are few and
/// seen first. pixels [B,3,T,H,W] in −1..1 → [B,1,T,H,W].
at::Tensor rim_weight(const at::Tensor& pixels, double rim);

/// mean |∂(a − b)/∂x| + mean |∂(a − b)/∂y| of difference `d` [B,3,T,H,W].
at::Tensor gradient_l1(const at::Tensor& d);

/// KL(N(μ, σ²) ‖ N(0, 1)), mean over latent values (Kingma & Welling, appendix B).
at::Tensor kl_divergence(const Vae::Moments& moments);

/// w·(|d| + d²) + edge·gradient_l1 + kl·KL, with d = decoded − pixels.
at::Tensor vae_loss(const at::Tensor& decoded, const at::Tensor& pixels, const Vae::Moments& moments,
                    const VaeRecipe& recipe);

}  // namespace clipmill
