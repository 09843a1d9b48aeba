// Clips of the built-in small world (shapes/), drawn when asked for.
#pragma once

#include "train/dataset.h"

namespace clipmill {

/// Combinations that training must not see (shapes::held_out) never occur. Every run of `captions().size()`
/// clips shows each caption once, in an order of its own.
class ShapesDataset : public Dataset {
 public:
  /// `clips` different ones. Other seeds give other clips. Throws Error(kInput) for clips < 1.
  ShapesDataset(std::int64_t clips, std::uint64_t seed);

  std::int64_t size() const override { return clips_; }
  TrainingClip clip(std::int64_t index, const Bucket& bucket) const override;
  /// Even indices: scenes of the world that clip() does not show; odd ones: one to three shapes of any colour
  /// on any colour, without a caption.
  TrainingClip varied_clip(std::int64_t index, const Bucket& bucket) const override;
  std::vector<std::string> captions() const override;

 private:
  std::int64_t clips_;
  std::uint64_t seed_;
};

}  // namespace clipmill
