// Which tensors a component must have, from its configuration alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/config.h"
#include "checkpoint/tensor_source.h"

namespace clipmill {

struct TensorSpec {
  std::string name;
  std::vector<std::int64_t> shape;

  bool operator==(const TensorSpec&) const = default;
};

std::vector<TensorSpec> transformer_layout(const TransformerConfig& config);
/// Whether this tensor of a transformer stays fp32 in a half-precision model, as in Diffusers
/// (_keep_in_fp32_modules): norms, tables and the time embedding.
bool kept_in_fp32(std::string_view name);

std::vector<TensorSpec> vae_layout(const VaeConfig& config);
std::vector<TensorSpec> text_encoder_layout(const TextEncoderConfig& config);

std::int64_t parameter_count(const std::vector<TensorSpec>& layout);

/// Every tensor of `layout` there, with its shape and a floating type, and nothing else but extras known to
/// be harmless. The text encoder's embedding may be called `shared.weight`, `encoder.embed_tokens.weight` or
/// both. Throws one Error(kInput) naming `component`, folder and the first few tensors that are wrong.
void check_layout(const TensorSource& source, const std::vector<TensorSpec>& layout,
                  std::string_view component);

}  // namespace clipmill
