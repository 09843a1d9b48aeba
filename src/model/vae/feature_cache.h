// What the VAE's causal convolutions remember between chunks of a clip.
#pragma once

#include <ATen/ATen.h>

#include <cstddef>
#include <deque>

namespace clipmill {

/// One slot per convolution, in the order of their calls. A chunk rewinds, then each convolution takes its
/// slot.
class FeatureCache {
 public:
  struct Slot {
    bool started = false;  ///< a chunk has passed
    at::Tensor frames;     ///< the last frames of the input, [B,C,t,H,W]; undefined: zeros
  };

  /// No chunk has passed yet.
  bool fresh() const { return slots_.empty(); }

  void rewind() { next_ = 0; }

  Slot& take() {
    if (next_ == slots_.size()) slots_.emplace_back();
    return slots_[next_++];
  }

 private:
  std::deque<Slot> slots_;
  std::size_t next_ = 0;
};

}  // namespace clipmill
