// The VAE's decoder.
#pragma once

#include <vector>

#include "checkpoint/config.h"
#include "model/vae/mid_block.h"
#include "model/vae/up_block.h"
#include "vram/memory_scope.h"

namespace clipmill {

class Decoder {
 public:
  Decoder(const VaeConfig& config, const Weights& weights);

  /// z [B,z,T,h,w] → [B,C,T',H,W], not clamped. With a cache z is the next chunk (one latent frame) of a
  /// clip: the first gives 1 frame, every other one the temporal factor. Without, z is the whole clip: the
  /// same result.
  at::Tensor operator()(const at::Tensor& z, FeatureCache* cache) const;

  /// Its parts. The first sees whole frames; the levels after it see no further than halo() rows.
  at::Tensor stem(const at::Tensor& z, FeatureCache* cache) const {
    const MemoryScope scope("stem");
    return mid_(conv_in_(z, cache), cache);
  }
  std::size_t levels() const { return up_.size(); }
  std::int64_t scale(std::size_t level) const { return up_[level].scale(); }
  std::int64_t halo(std::size_t level) const { return up_[level].halo(); }
  /// Whole maps, or rows of them with what is there of their halo; the last level gives the picture's
  /// channels.
  at::Tensor level(std::size_t index, at::Tensor x, FeatureCache* cache, bool first_chunk,
                   Halo halo = {}) const;

 private:
  CausalConv3d conv_in_;
  MidBlock mid_;
  std::vector<UpBlock> up_;
  ChannelNorm norm_out_;
  CausalConv3d conv_out_;
};

}  // namespace clipmill
