// What a trainer draws its clips from.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>

#include "recipe/recipe.h"

namespace clipmill {

/// One clip to learn from.
struct TrainingClip {
  at::Tensor pixels;    ///< uint8 [T,H,W,3]
  std::string caption;  ///< on one line
};

class Dataset {
 public:
  virtual ~Dataset() = default;
  /// How many different clips there are.
  virtual std::int64_t size() const = 0;
  /// Clip `index` (below size()) in the size and length of `bucket`; always the same for the same arguments.
  /// Called from one thread at a time.
  virtual TrainingClip clip(std::int64_t index, const Bucket& bucket) const = 0;
  /// What a VAE learns from: like clip(), with more variety where the data can make it; any `index` ≥ 0.
  virtual TrainingClip varied_clip(std::int64_t index, const Bucket& bucket) const {
    return clip(index % size(), bucket);
  }
  /// Every different caption, for the tokenizer.
  virtual std::vector<std::string> captions() const = 0;
  /// What the clips are beside what the recipe says: another one where any clip or caption is another.
  virtual std::string identity() const { return {}; }
};

}  // namespace clipmill
