// AutoencoderKLWan: pixels to latents and back.
#pragma once

#include <functional>
#include <optional>

#include "checkpoint/config.h"
#include "core/memory_plan.h"
#include "model/vae/decoder.h"
#include "model/vae/encoder.h"

namespace clipmill {

class Vae {
 public:
  enum class Parts { kDecoder, kBoth };

  /// Always fp32: half precision shows in the picture. Generating needs the decoder only.
  Vae(const VaeConfig& config, const TensorSource& source, at::Device device, Parts parts = Parts::kBoth);
  /// On weights that are already where and what they should be.
  Vae(const VaeConfig& config, const Weights& weights, at::Device device, Parts parts = Parts::kBoth);

  /// Called with each group of frames as it is decoded, [1,3,n,H,W] in −1..1.
  using FrameSink = std::function<void(const at::Tensor& frames)>;

  /// Latents [1,z,T,h,w] as the sampler leaves them (normalised), frame by frame: memory does not grow with
  /// T. Strips of the plan: the same pixels to rounding, with a strip's rows on the device and the rest in
  /// host memory.
  void decode(const at::Tensor& latents, const FrameSink& sink, const DecodePlan& plan = {}) const;
  /// The whole clip at once, [1,3,T',H,W]: equal to rounding.
  at::Tensor decode_whole(const at::Tensor& latents) const;

  /// Needs Parts::kBoth. Pixels [1,3,F,H,W] in −1..1 → normalised latents (the distribution's mean)
  /// [1,z,T,h,w], chunk by chunk.
  at::Tensor encode(const at::Tensor& pixels) const;
  /// The whole clip at once: equal to rounding.
  at::Tensor encode_whole(const at::Tensor& pixels) const;

  at::Device device() const { return mean_.device(); }

  /// What training needs, the whole clip at once: the latent distribution before normalisation, log-variance
  /// within −30..20, …
  struct Moments {
    at::Tensor mean, log_variance;
  };
  Moments moments(const at::Tensor& pixels) const;
  /// … and the pixels of a sample of it, not clamped, so that the loss has a gradient everywhere.
  at::Tensor decode_raw(const at::Tensor& z) const;

 private:
  at::Tensor denormalised(const at::Tensor& latents) const;
  at::Tensor to_pixels(const at::Tensor& decoded) const;
  at::Tensor unpatchified(const at::Tensor& decoded) const;
  at::Tensor from_pixels(const at::Tensor& pixels) const;
  at::Tensor normalised_mean(const at::Tensor& encoded) const;

  VaeConfig config_;
  at::Tensor mean_, std_;  // [1,z,1,1,1]
  CausalConv3d quant_conv_, post_quant_conv_;
  Decoder decoder_;
  std::optional<Encoder> encoder_;
};

}  // namespace clipmill
