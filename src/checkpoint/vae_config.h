// AutoencoderKLWan's config.json.
#pragma once

#include <filesystem>
#include <vector>

#include "checkpoint/config_file.h"

namespace clipmill {

/// Defaults are those of the Diffusers class (Wan 2.1).
struct VaeConfig {
  int base_dim = 96;
  int decoder_base_dim = 96;  ///< resolved: as base_dim where the file says null
  int z_dim = 16;
  std::vector<int> dim_mult = {1, 2, 4, 4};
  int num_res_blocks = 2;
  std::vector<bool> temperal_downsample = {false, true, true};  ///< one for each level but the last
  std::vector<double> latents_mean;                             ///< z_dim values
  std::vector<double> latents_std;
  bool is_residual = false;  ///< Wan 2.2
  int in_channels = 3;       ///< after the pixel patches: 3·patch_size²
  int out_channels = 3;
  int patch_size = 1;  ///< 1 where the file says null
  int scale_factor_temporal = 4;
  int scale_factor_spatial = 8;

  int levels() const { return static_cast<int>(dim_mult.size()); }

  /// Throws Error(kInput) naming file and key, also where the keys contradict each other.
  static VaeConfig from(const ConfigFile& file);
  static VaeConfig read(const std::filesystem::path& path) { return from(ConfigFile::read(path)); }
};

}  // namespace clipmill
