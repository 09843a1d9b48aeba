#include "model/vae/decoder.h"

#include <fmt/format.h>

namespace clipmill {

Decoder::Decoder(const VaeConfig& config, const Weights& weights)
    : conv_in_(weights["conv_in"]),
      mid_(weights["mid_block"]),
      norm_out_(weights["norm_out"]),
      conv_out_(weights["conv_out"]) {
  for (std::size_t i = 0; i < config.dim_mult.size(); ++i)
    up_.emplace_back(config, weights[fmt::format("up_blocks.{}", i)], i);
}

at::Tensor Decoder::operator()(const at::Tensor& z, FeatureCache* cache) const {
  // The whole clip begins with its first chunk, and so does a cache that has seen nothing.
  const bool first_chunk = !cache || cache->fresh();
  if (cache) cache->rewind();
  at::Tensor x = stem(z, cache);
  for (std::size_t i = 0; i < levels(); ++i) x = level(i, std::move(x), cache, first_chunk);
  return x;
}

at::Tensor Decoder::level(std::size_t index, at::Tensor x, FeatureCache* cache, bool first_chunk,
                          Halo halo) const {
  const MemoryScope scope("level", static_cast<int>(index));
  x = up_[index](std::move(x), cache, first_chunk, halo);
  if (index + 1 == levels()) x = conv_out_(norm_out_.then_silu_(std::move(x)), cache);
  return halo.trim(x, 0);
}

}  // namespace clipmill
