#include "cost/limits.h"

#include <algorithm>

namespace clipmill {

ModelLimits limits_of(const ModelFolder& model) {
  const VaeConfig& vae = model.vae_config();
  const TransformerConfig& transformer = model.transformer_config();
  const auto& second = model.transformer_2_config();
  const auto [frames, rows, columns] = transformer.patch_size;
  return {.grid_width = vae.scale_factor_spatial * columns,
          .grid_height = vae.scale_factor_spatial * rows,
          .temporal_factor = vae.scale_factor_temporal,
          .latent_frames_step = frames,
          .max_positions =
              std::min(transformer.rope_max_seq_len, (second ? *second : transformer).rope_max_seq_len),
          .two_transformers = second.has_value()};
}

}  // namespace clipmill
