// One level of the VAE's decoder.
#pragma once

#include <optional>
#include <vector>

#include "checkpoint/config.h"
#include "model/vae/resample.h"
#include "model/vae/residual_block.h"
#include "model/vae/strips.h"

namespace clipmill {

/// Residual blocks, then twice the resolution on all levels but the last.
class UpBlock {
 public:
  UpBlock(const VaeConfig& config, const Weights& weights, std::size_t index);

  /// x [B,C,T,H,W] → [B,C',T',s·H,s·W], s = scale(). Rows of a strip come with their halo, which is trimmed
  /// block by block; what is left of it comes back in `halo`, in rows of the result.
  at::Tensor operator()(at::Tensor x, FeatureCache* cache, bool first_chunk, Halo& halo) const;

  std::int64_t scale() const { return upsample_ ? 2 : 1; }
  /// Rows that a strip needs beyond its own: one for each convolution of 3×3 and one for what comes after the
  /// residual blocks. Even, so that pairs of rows are those of the whole map and get the same bytes.
  std::int64_t halo() const { return 2 * static_cast<std::int64_t>(resnets_.size()) + 2; }

 private:
  std::vector<ResidualBlock> resnets_;
  std::optional<Upsample> upsample_;
  std::int64_t shortcut_channels_ = 0;  // of the residual VAE's shortcut; 0: none
  std::int64_t factor_t_ = 1;
};

}  // namespace clipmill
