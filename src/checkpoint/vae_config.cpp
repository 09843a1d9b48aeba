#include "checkpoint/vae_config.h"

#include <algorithm>

namespace clipmill {
namespace {

constexpr int kMaxLevels = 8;

// Wan 2.1's, the class defaults.
const std::vector<double> kLatentsMean = {-0.7571, -0.7089, -0.9113, 0.1075,  -0.1745, 0.9653,
                                          -0.1517, 1.5508,  0.4134,  -0.0715, 0.5517,  -0.3632,
                                          -0.1922, -0.9497, 0.2503,  -0.2921};
const std::vector<double> kLatentsStd = {2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743,
                                         3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160};

void check_structure(const VaeConfig& config, const ConfigFile& file) {
  if (config.dim_mult.empty() || config.levels() > kMaxLevels) {
    throw file.error("dim_mult", fmt::format("must have 1 to {} levels", kMaxLevels));
  }
  if (config.temperal_downsample.size() + 1 != config.dim_mult.size()) {
    throw file.error("temperal_downsample",
                     fmt::format("must have {} entries, one less than dim_mult", config.levels() - 1));
  }
  if (!file.value("attn_scales").empty()) {
    throw file.error("attn_scales", "attention inside the levels is not supported");
  }
  const int pixels = 3 * config.patch_size * config.patch_size;
  if (config.in_channels != pixels) {
    throw file.error("in_channels",
                     fmt::format("must be 3 x patch_size², {}, not {}", pixels, config.in_channels));
  }
  if (config.out_channels != pixels) {
    throw file.error("out_channels",
                     fmt::format("must be 3 x patch_size², {}, not {}", pixels, config.out_channels));
  }
}

/// The pipeline believes the scale factors, the network does what its structure makes it do.
void check_scale_factors(const VaeConfig& config, const ConfigFile& file) {
  const int spatial = config.patch_size << (config.levels() - 1);
  const int temporal = 1 << std::ranges::count(config.temperal_downsample, true);
  if (config.scale_factor_spatial != spatial) {
    throw file.error("scale_factor_spatial", fmt::format("is {}, but dim_mult and patch_size make it {}",
                                                         config.scale_factor_spatial, spatial));
  }
  if (config.scale_factor_temporal != temporal) {
    throw file.error("scale_factor_temporal", fmt::format("is {}, but temperal_downsample makes it {}",
                                                          config.scale_factor_temporal, temporal));
  }
}

void check_latent_statistics(const VaeConfig& config, const ConfigFile& file) {
  for (const auto& [key, values] :
       {std::pair{"latents_mean", &config.latents_mean}, std::pair{"latents_std", &config.latents_std}}) {
    if (values->size() != static_cast<std::size_t>(config.z_dim)) {
      throw file.error(key, fmt::format("has {} values for z_dim {}", values->size(), config.z_dim));
    }
  }
  if (std::ranges::any_of(config.latents_std, [](double value) { return !(value > 0); })) {
    throw file.error("latents_std", "must be above 0");
  }
}

/// The parameter-free shortcuts of Wan 2.2 move whole groups of channels.
void check_shortcuts(const VaeConfig& config, const ConfigFile& file) {
  const int last = config.levels() - 1;
  for (int i = 0; i <= last; ++i) {
    const int in = i == 0 ? 1 : config.dim_mult[i - 1];
    const int spread = i == last ? 1 : config.temperal_downsample[i] ? 8 : 4;
    if (in * spread % config.dim_mult[i] != 0) {
      throw file.error("dim_mult", fmt::format("level {}: {} channels do not divide into groups for the "
                                               "residual shortcut of {}",
                                               i, in * spread, config.dim_mult[i]));
    }
  }
  for (int i = 0; i < last; ++i) {  // of the decoder, from the deepest level up
    const int in = config.dim_mult[i == 0 ? last : last - i + 1];
    const int out = config.dim_mult[last - i];
    const int spread = config.temperal_downsample[last - 1 - i] ? 8 : 4;
    if (out * spread % in != 0) {
      throw file.error("dim_mult", fmt::format("level {}: {} channels do not divide into groups for the "
                                               "residual shortcut of {}",
                                               last - i, out * spread, in));
    }
  }
}

void read_statistics(VaeConfig& config, const ConfigFile& file) {
  config.latents_mean = file.numbers("latents_mean", kLatentsMean);
  config.latents_std = file.numbers("latents_std", kLatentsStd);
}

}  // namespace

VaeConfig VaeConfig::from(const ConfigFile& file) {
  file.expect_class("AutoencoderKLWan");
  VaeConfig config;
  config.base_dim = file.integer("base_dim", config.base_dim, 1 << 12);
  config.decoder_base_dim =
      file.has("decoder_base_dim") ? file.integer("decoder_base_dim", 0, 1 << 12) : config.base_dim;
  config.z_dim = file.integer("z_dim", config.z_dim, 1 << 12);
  config.dim_mult = file.integers("dim_mult", config.dim_mult, 64);
  config.num_res_blocks = file.integer("num_res_blocks", config.num_res_blocks, 64);
  config.temperal_downsample = file.flags("temperal_downsample", config.temperal_downsample);
  config.is_residual = file.flag("is_residual", config.is_residual);
  config.in_channels = file.integer("in_channels", config.in_channels, 1 << 12);
  config.out_channels = file.integer("out_channels", config.out_channels, 1 << 12);
  config.patch_size = file.has("patch_size") ? file.integer("patch_size", 1, 32) : 1;
  config.scale_factor_temporal = file.integer("scale_factor_temporal", config.scale_factor_temporal);
  config.scale_factor_spatial = file.integer("scale_factor_spatial", config.scale_factor_spatial);
  read_statistics(config, file);
  check_structure(config, file);
  check_scale_factors(config, file);
  check_latent_statistics(config, file);
  if (config.is_residual) check_shortcuts(config, file);
  return config;
}

}  // namespace clipmill
