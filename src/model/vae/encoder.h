// The VAE's encoder.
#pragma once

#include <vector>

#include "checkpoint/config.h"
#include "model/vae/mid_block.h"
#include "model/vae/resample.h"

namespace clipmill {

class Encoder {
 public:
  Encoder(const VaeConfig& config, const Weights& weights);

  /// x [B,C,T,H,W] in −1..1 → [B,2z,T',h,w], mean and log-variance before quant_conv. With a cache x is the
  /// next chunk of a clip (1 frame, then 4 at a time); without, the whole clip: the same result.
  at::Tensor operator()(const at::Tensor& x, FeatureCache* cache) const;

 private:
  struct DownBlock {
    std::vector<ResidualBlock> resnets;
    std::optional<Downsample> downsample;
    std::int64_t shortcut_channels = 0;  // of the residual VAE's shortcut; 0: none
    std::int64_t factor_t = 1;

    at::Tensor operator()(const at::Tensor& x, FeatureCache* cache) const;
  };

  void read_flat_blocks(const VaeConfig& config, const Weights& weights);
  void read_residual_blocks(const VaeConfig& config, const Weights& weights);

  CausalConv3d conv_in_;
  std::vector<DownBlock> down_;
  MidBlock mid_;
  ChannelNorm norm_out_;
  CausalConv3d conv_out_;
};

}  // namespace clipmill
