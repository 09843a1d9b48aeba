// What the VAE's causal convolutions remember between chunks of a clip.
#pragma once

#include <ATen/ATen.h>

#include <cstddef>
#include <deque>

#include "vram/parked.h"

namespace clipmill {

/// One slot per convolution, in the order of their calls. A chunk rewinds, then each convolution takes its
/// slot.
class FeatureCache {
 public:
  enum class Place { kDevice, kHost };

  class Slot {
   public:
    explicit Slot(Place place) : place_(place) {}

    /// A chunk has passed.
    bool started() const { return started_; }
    void start() { started_ = true; }

    bool has_frames() const { return frames_.defined() || parked_.defined(); }
    /// The last frames of the input, [B,C,t,H,W]; a copy of them on `device` where they wait on the host.
    at::Tensor frames(at::Device device) const { return parked_.defined() ? parked_.load(device) : frames_; }

    void keep(const at::Tensor& frames) {
      started_ = true;
      if (place_ == Place::kHost) {
        parked_.store(frames);
      } else {
        frames_.reset();                                         // before there is another
        frames_ = frames.clone(frames.suggest_memory_format());  // a view would keep the whole chunk alive
      }
    }

   private:
    Place place_;
    bool started_ = false;
    at::Tensor frames_;
    Parked parked_;
  };

  explicit FeatureCache(Place place = Place::kDevice) : place_(place) {}

  /// No chunk has passed yet.
  bool fresh() const { return slots_.empty(); }

  void rewind() { next_ = 0; }

  Slot& take() {
    if (next_ == slots_.size()) slots_.emplace_back(place_);
    return slots_[next_++];
  }

 private:
  Place place_;
  std::deque<Slot> slots_;
  std::size_t next_ = 0;
};

}  // namespace clipmill
