// What flow matching trains: the text encoder and the transformer, on weights from wherever they come.
#pragma once

#include <functional>
#include <memory>

#include "model/text_encoder.h"
#include "model/transformer.h"

namespace clipmill {

struct FlowModel {
  TextEncoder text_encoder;
  Transformer transformer;
};

/// Makes the model from what is trained: all of it, or low-rank additions to a base that the function holds.
/// Used for the parameters themselves and for their average.
using MakeFlowModel = std::function<FlowModel(std::shared_ptr<const WeightStore> trained)>;

/// All of it, below "text_encoder." and "transformer.".
MakeFlowModel whole_model(const TextEncoderConfig& text_encoder, const TransformerConfig& transformer);

}  // namespace clipmill
