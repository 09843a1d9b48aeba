// How the parameters of each component begin.
#pragma once

#include "train/parameters.h"

namespace clipmill {

/// Every residual branch begins near zero and every temporal convolution looks at the current frame only, so
/// that the VAE first learns pictures.
Initializer vae_initializer(const VaeConfig& config);

/// Gates begin at zero, so that every block begins as the identity.
Initializer transformer_initializer(const TransformerConfig& config);

/// T5's: attention without 1/√d needs small queries.
Initializer text_encoder_initializer(const TextEncoderConfig& config);

}  // namespace clipmill
