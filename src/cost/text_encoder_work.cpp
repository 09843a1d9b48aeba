#include "cost/text_encoder_work.h"

#include <algorithm>

#include "checkpoint/layout.h"
#include "cost/wide_product.h"

namespace clipmill {

double text_encoder_flops(const TextEncoderConfig& config, double tokens) {
  const double d = config.d_model, a = config.inner_dim(), f = config.d_ff;
  const double linear = 2 * tokens * (4 * d * a + 3 * d * f);
  return config.num_layers * (linear + 4 * tokens * tokens * a);
}

double text_encoder_activations(const TextEncoderConfig& config, double tokens, Precision precision,
                                bool widens) {
  const double d = config.d_model, a = config.inner_dim(), f = config.d_ff, square = tokens * tokens;
  const bool half = precision != Precision::kFp32;
  const double buckets = square * (half ? 4 : 2);
  // Torch's batched product in half precision takes some fp32 tiles a thread; they overlap or not.
  const double products = half ? 2 * 2.5 * square : 0;
  const double inputs = precision == Precision::kFp16 ? d : f;  // its last product is in fp32 anyway
  const double wide = half && widens ? 2 * wide_product_values(tokens, inputs) : 0;
  const double attention = 2 * square * config.num_heads + 3 * tokens * a + products;
  return 3 * tokens * d + buckets + std::max(attention, 4 * tokens * f + wide);
}

LayeredWeights text_encoder_weights(const TextEncoderConfig& config, Precision precision) {
  LayeredWeights weights{.layers = config.num_layers};
  for (const TensorSpec& tensor : text_encoder_layout(config)) {
    const bool wide = precision == Precision::kFp16 && tensor.name.find(".wo.") != std::string::npos;
    const double values = (wide ? 2 : 1) * static_cast<double>(parameter_count({tensor}));
    if (tensor.name != "shared.weight") weights.all += values;
    if (tensor.name.starts_with("encoder.block.0.")) weights.layer += values;
  }
  return weights;
}

}  // namespace clipmill
