// The render stage: generated RGB frames in, delivered YUV frames out, one at a time.
#pragma once

#include <optional>
#include <string>

#include "media/filter_chain.h"
#include "media/fit.h"
#include "media/frame.h"
#include "media/video_frame.h"

namespace clipmill {

struct RenderOptions {
  int width = 0, height = 0;  ///< of the pushed frames, in pixels
  double fps = 0;             ///< at which they play
  int output_width = 0,
      output_height = 0;  ///< delivered, even; 0: as pushed. Another aspect ratio gets black bars
  double output_fps = 0;  ///< delivered, by repeating or dropping frames; 0: as `fps`
  std::string label;      ///< visible mark, see label.h; empty: none
  std::string filter;     ///< a libavfilter graph of the user's; empty: none
};

/// scale and pad → frame rate → the user's filter, in RGB → label → yuv420p, BT.709; without a filter all of
/// it in yuv420p. The label comes after the user's filter, so that no filter can hide it or make it smaller
/// than it must be. The frame rate is converted within half a frame of the clip's duration. What a user's
/// filter puts out plays at a constant fps(): it may change that by the filter "fps", and time stamps alone
/// ("setpts") change nothing.
///
/// Holds a few frames at most, provided that pull() is called until it is empty after every push(); a user's
/// filter that wants the whole clip, as "reverse", holds what it wants.
class RenderGraph {
 public:
  /// Throws Error(kInput) for impossible sizes, a broken filter (with libav's reason) or a label that does
  /// not fit, Error(kIo) without a font for the label.
  explicit RenderGraph(const RenderOptions& options);

  /// Of the delivered frames; a user's filter may have changed both.
  Size size() const;
  double fps() const;

  void push(const Frame& frame);
  /// No more frames will be pushed.
  void finish();
  /// The next delivered frame; empty: push another, or, after finish(), that was all.
  std::optional<VideoFrame> pull();

 private:
  Size input_;
  double output_fps_;
  std::string blame_;  ///< what an error in mid-stream is put down to
  FilterChain chain_;
  AVFilterContext* source_;
  AVFilterContext* sink_;
  std::int64_t pushed_ = 0;
};

}  // namespace clipmill
