#include "train/flow_model.h"

namespace clipmill {

MakeFlowModel whole_model(const TextEncoderConfig& text_encoder, const TransformerConfig& transformer) {
  return [=](std::shared_ptr<const WeightStore> trained) {
    const Weights weights(std::move(trained));
    const Weights text = weights["text_encoder"];
    return FlowModel{TextEncoder(text_encoder, text, text.tensor("shared.weight"), at::kFloat),
                     Transformer(transformer, weights["transformer"], at::kFloat)};
  };
}

}  // namespace clipmill
