// Between Frame and libav's pictures.
#pragma once

#include "media/av.h"
#include "media/frame.h"

namespace clipmill {

/// A copy as rgb24, with rows aligned as libav likes them.
AvPtr<AVFrame> to_av_frame(const Frame& frame);
/// Full-range BT.601 4:2:0, as JPEG has it.
AvPtr<AVFrame> to_jpeg_yuv(const Frame& frame);
/// RGB of a decoded picture, by its own matrix and range (BT.709 limited where it does not say).
Frame to_frame(const AVFrame& picture);

}  // namespace clipmill
