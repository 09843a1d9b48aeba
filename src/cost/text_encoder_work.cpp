#include "cost/text_encoder_work.h"

#include <algorithm>

namespace clipmill {

double text_encoder_flops(const TextEncoderConfig& config, double tokens) {
  const double d = config.d_model, a = config.inner_dim(), f = config.d_ff;
  const double linear = 2 * tokens * (4 * d * a + 3 * d * f);
  return config.num_layers * (linear + 4 * tokens * tokens * a);
}

double text_encoder_activations(const TextEncoderConfig& config, double tokens) {
  const double d = config.d_model, a = config.inner_dim(), f = config.d_ff;
  const double attention = 3 * tokens * tokens * config.num_heads + 3 * tokens * a;
  return 2 * tokens * d + std::max(attention, 3 * tokens * f);
}

}  // namespace clipmill
