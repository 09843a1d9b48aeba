// The VAE's decoder.
#pragma once

#include <vector>

#include "checkpoint/config.h"
#include "model/vae/mid_block.h"
#include "model/vae/resample.h"
#include "model/vae/shortcuts.h"

namespace clipmill {

class Decoder {
 public:
  Decoder(const VaeConfig& config, const Weights& weights);

  /// z [B,z,T,h,w] → [B,C,T',H,W], not clamped. With a cache z is the next chunk (one latent frame) of a
  /// clip: the first gives 1 frame, every other one the temporal factor. Without, z is the whole clip: the
  /// same result.
  at::Tensor operator()(const at::Tensor& z, FeatureCache* cache) const;

 private:
  struct UpBlock {
    std::vector<ResidualBlock> resnets;
    std::optional<Upsample> upsample;
    std::int64_t shortcut_channels = 0;  // of the residual VAE's shortcut; 0: none
    std::int64_t factor_t = 1;

    at::Tensor operator()(const at::Tensor& x, FeatureCache* cache, bool first_chunk) const;
  };

  UpBlock read_up_block(const VaeConfig& config, const Weights& weights, std::size_t index) const;

  CausalConv3d conv_in_;
  MidBlock mid_;
  std::vector<UpBlock> up_;
  ChannelNorm norm_out_;
  CausalConv3d conv_out_;
};

}  // namespace clipmill
