// The VAE's decoder, strip by strip of rows.
#pragma once

#include <vector>

#include "model/vae/decoder.h"
#include "vram/parked.h"

namespace clipmill {

/// Decodes one clip, chunk by chunk, with the same result as Decoder to rounding. Within a chunk each level
/// runs over its map strip by strip. The device holds the weights and one strip's rows; maps between levels
/// and what convolutions remember wait in host memory. Only the middle, whose attention sees whole frames,
/// runs at once: at the lowest resolution.
class StripedDecoder {
 public:
  /// `strips`: of the finest level. `decoder` must outlive this.
  StripedDecoder(const Decoder& decoder, int strips);

  /// z [1,z,1,h,w], the next latent frame → [1,C,n,H,W].
  at::Tensor operator()(const at::Tensor& z);

 private:
  struct Level {
    std::vector<FeatureCache> caches;  // of each strip
    Parked input;
  };

  void run_level(std::size_t index, std::int64_t strips, bool first_chunk, at::Device device);

  const Decoder& decoder_;
  int strips_;
  FeatureCache stem_cache_;
  std::vector<Level> levels_;  // and one more, whose input is the picture
};

/// Strips of a level with `rows` rows of output, so that none is higher than one of `strips` of the finest's.
std::int64_t strips_of_level(std::int64_t rows, std::int64_t finest_rows, std::int64_t strips);

}  // namespace clipmill
