// 3×3 convolutions on the CPU with fewer multiplications.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace clipmill {

/// Winograd's minimal filtering F(2×2, 3×3) (Lavin and Gray, arXiv:1509.09308) in space, an ordinary sum over
/// the taps in time: 16 products for 4 pixels of which the definition takes 36, equal to rounding. Over a
/// doubled map (nearest neighbour) 9, because 7 of the 16 are of zeros, and the doubled map is never made.
///
/// Works on fp32 tensors of the CPU without gradients, Ci a multiple of 4, batch 1.
class Winograd {
 public:
  /// weight [Co,Ci,3,3] or [Co,Ci,kt,3,3], copied in another order; bias [Co].
  Winograd(const at::Tensor& weight, const at::Tensor& bias);

  /// Not a weight that others hold, too: training would change theirs.
  static bool takes(const at::Tensor& weight);
  static bool takes_input(const at::Tensor& x);

  /// x [1,Ci,T,H,W] → [1,Co,T,H,W], zeros around it; `before`: up to kt − 1 frames that come before x, or
  /// undefined. Before these there are zeros.
  at::Tensor operator()(const at::Tensor& before, const at::Tensor& x) const;

  /// x [1,Ci,T,H,W] → [1,Co,T,2H,2W]: of x with each pixel doubled in H and W. kt must be 1.
  at::Tensor of_doubled(const at::Tensor& x) const;

  /// The weight [Co,Ci,kt,3,3], a view of what is held.
  at::Tensor weight() const;

 private:
  at::Tensor taps_;  // [9, kt·Ci, Co], Co filled up with zeros to a multiple of 4
  at::Tensor bias_;
  std::int64_t outputs_;  // Co without these
  std::int64_t kernel_t_;
};

}  // namespace clipmill
