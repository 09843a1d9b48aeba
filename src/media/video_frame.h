// A delivered picture on its way from the render graph to the encoder.
#pragma once

#include <cstdint>

#include "media/av.h"

namespace clipmill {

/// Owns an AVFrame: yuv420p, BT.709, limited range. Move-only.
class VideoFrame {
 public:
  explicit VideoFrame(AvPtr<AVFrame> frame) : frame_(std::move(frame)) {}

  int width() const;
  int height() const;
  AVFrame* get() const { return frame_.get(); }

 private:
  AvPtr<AVFrame> frame_;
};

}  // namespace clipmill
