#include "model/vae/up_block.h"

#include <fmt/format.h>

#include "model/vae/shortcuts.h"

namespace clipmill {

UpBlock::UpBlock(const VaeConfig& config, const Weights& weights, std::size_t index) {
  for (int i = 0; i <= config.num_res_blocks; ++i)
    resnets_.emplace_back(weights[fmt::format("resnets.{}", i)]);
  const std::size_t levels = config.dim_mult.size();
  if (index + 1 == levels) return;  // the last level keeps its resolution
  const bool temporal = config.temperal_downsample[levels - 2 - index];
  upsample_.emplace(weights[config.is_residual ? "upsampler" : "upsamplers.0"], temporal);
  factor_t_ = temporal ? 2 : 1;
  if (config.is_residual) shortcut_channels_ = config.decoder_base_dim * config.dim_mult[levels - 1 - index];
}

at::Tensor UpBlock::operator()(at::Tensor x, FeatureCache* cache, bool first_chunk, Halo& halo) const {
  std::int64_t needed = this->halo();
  at::Tensor around;  // the shortcut's input
  if (shortcut_channels_ > 0) around = Halo(halo).trim(x, 2);
  for (const ResidualBlock& resnet : resnets_) x = halo.trim(resnet(std::move(x), cache), needed -= 2);
  if (!upsample_) return x;
  x = (*upsample_)(std::move(x), cache);
  halo = {2 * halo.above, 2 * halo.below};
  if (shortcut_channels_ == 0) return x;
  if (at::GradMode::is_enabled())
    return x + duplicate_up(around, shortcut_channels_, factor_t_, 2, first_chunk);
  add_duplicated_(x, around, factor_t_, 2, first_chunk);
  return x;
}

}  // namespace clipmill
