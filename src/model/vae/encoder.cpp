#include "model/vae/encoder.h"

#include <fmt/format.h>

#include "model/vae/shortcuts.h"

namespace clipmill {

Encoder::Encoder(const VaeConfig& config, const Weights& weights)
    : conv_in_(weights["conv_in"]),
      mid_(weights["mid_block"]),
      norm_out_(weights["norm_out"]),
      conv_out_(weights["conv_out"]) {
  config.is_residual ? read_residual_blocks(config, weights) : read_flat_blocks(config, weights);
}

/// Wan 2.1 numbers residual blocks and down-samplings through, in one list.
void Encoder::read_flat_blocks(const VaeConfig& config, const Weights& weights) {
  int index = 0;
  const auto next = [&] { return weights[fmt::format("down_blocks.{}", index++)]; };
  for (std::size_t level = 0; level < config.dim_mult.size(); ++level) {
    DownBlock block;
    for (int i = 0; i < config.num_res_blocks; ++i) block.resnets.emplace_back(next());
    if (level + 1 < config.dim_mult.size())
      block.downsample.emplace(next(), config.temperal_downsample[level]);
    down_.push_back(std::move(block));
  }
}

void Encoder::read_residual_blocks(const VaeConfig& config, const Weights& weights) {
  for (std::size_t level = 0; level < config.dim_mult.size(); ++level) {
    const Weights scope = weights[fmt::format("down_blocks.{}", level)];
    DownBlock block;
    for (int i = 0; i < config.num_res_blocks; ++i)
      block.resnets.emplace_back(scope[fmt::format("resnets.{}", i)]);
    if (level + 1 < config.dim_mult.size()) {
      block.downsample.emplace(scope["downsampler"], config.temperal_downsample[level]);
      block.factor_t = config.temperal_downsample[level] ? 2 : 1;
    }
    block.shortcut_channels = config.base_dim * config.dim_mult[level];
    down_.push_back(std::move(block));
  }
}

at::Tensor Encoder::DownBlock::operator()(const at::Tensor& input, FeatureCache* cache) const {
  at::Tensor x = input;
  for (const ResidualBlock& resnet : resnets) x = resnet(x, cache);
  if (downsample) x = (*downsample)(x, cache);
  if (shortcut_channels > 0) x = x + average_down(input, shortcut_channels, factor_t, downsample ? 2 : 1);
  return x;
}

at::Tensor Encoder::operator()(const at::Tensor& input, FeatureCache* cache) const {
  if (cache) cache->rewind();
  at::Tensor x = conv_in_(input, cache);
  for (const DownBlock& block : down_) x = block(x, cache);
  return conv_out_(at::silu(norm_out_(mid_(x, cache))), cache);
}

}  // namespace clipmill
