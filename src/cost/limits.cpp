#include "cost/limits.h"

#include <algorithm>

namespace clipmill {

ModelLimits limits_of(const VaeConfig& vae, const TransformerConfig& transformer) {
  const auto [frames, rows, columns] = transformer.patch_size;
  return {.grid_width = vae.scale_factor_spatial * columns,
          .grid_height = vae.scale_factor_spatial * rows,
          .temporal_factor = vae.scale_factor_temporal,
          .latent_frames_step = frames,
          .max_positions = transformer.rope_max_seq_len};
}

ModelLimits limits_of(const ModelFolder& model) {
  ModelLimits limits = limits_of(model.vae_config(), model.transformer_config());
  if (const auto& second = model.transformer_2_config()) {
    limits.two_transformers = true;
    limits.max_positions = std::min(limits.max_positions, second->rope_max_seq_len);
  }
  return limits;
}

}  // namespace clipmill
