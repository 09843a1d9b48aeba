#include "media/video_frame.h"

extern "C" {
#include <libavutil/frame.h>
}

namespace clipmill {

int VideoFrame::width() const { return frame_->width; }
int VideoFrame::height() const { return frame_->height; }

}  // namespace clipmill
