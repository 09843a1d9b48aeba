#include "model/vae/decoder.h"

#include <fmt/format.h>

namespace clipmill {

Decoder::Decoder(const VaeConfig& config, const Weights& weights)
    : conv_in_(weights["conv_in"]),
      mid_(weights["mid_block"]),
      norm_out_(weights["norm_out"]),
      conv_out_(weights["conv_out"]) {
  for (std::size_t i = 0; i < config.dim_mult.size(); ++i)
    up_.push_back(read_up_block(config, weights[fmt::format("up_blocks.{}", i)], i));
}

Decoder::UpBlock Decoder::read_up_block(const VaeConfig& config, const Weights& weights,
                                        std::size_t index) const {
  UpBlock block;
  for (int i = 0; i <= config.num_res_blocks; ++i)
    block.resnets.emplace_back(weights[fmt::format("resnets.{}", i)]);
  const std::size_t levels = config.dim_mult.size();
  if (index + 1 == levels) return block;  // the last level keeps its resolution
  const bool temporal = config.temperal_downsample[levels - 2 - index];
  block.upsample.emplace(weights[config.is_residual ? "upsampler" : "upsamplers.0"], temporal);
  block.factor_t = temporal ? 2 : 1;
  if (config.is_residual)
    block.shortcut_channels = config.decoder_base_dim * config.dim_mult[levels - 1 - index];
  return block;
}

at::Tensor Decoder::UpBlock::operator()(const at::Tensor& input, FeatureCache* cache,
                                        bool first_chunk) const {
  at::Tensor x = input;
  for (const ResidualBlock& resnet : resnets) x = resnet(x, cache);
  if (upsample) x = (*upsample)(x, cache);
  if (shortcut_channels > 0) x = x + duplicate_up(input, shortcut_channels, factor_t, 2, first_chunk);
  return x;
}

at::Tensor Decoder::operator()(const at::Tensor& z, FeatureCache* cache) const {
  // The whole clip begins with its first chunk, and so does a cache that has seen nothing.
  const bool first_chunk = !cache || cache->fresh();
  if (cache) cache->rewind();
  at::Tensor x = mid_(conv_in_(z, cache), cache);
  for (const UpBlock& block : up_) x = block(x, cache, first_chunk);
  return conv_out_(at::silu(norm_out_(x)), cache);
}

}  // namespace clipmill
