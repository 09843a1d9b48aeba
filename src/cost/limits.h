// What a checkpoint's configuration allows a clip to be.
#pragma once

#include "checkpoint/model_folder.h"
#include "core/limits.h"

namespace clipmill {

ModelLimits limits_of(const ModelFolder& model);
/// Of a model with one transformer.
ModelLimits limits_of(const VaeConfig& vae, const TransformerConfig& transformer);

}  // namespace clipmill
