// Evenly spaced stills of a clip side by side.
#pragma once

#include <utility>

#include "media/frame.h"

namespace clipmill {

/// One row of stills of a clip whose number of frames is known beforehand: the first, the last and evenly
/// between. Holds the row only, never the clip.
class ContactSheet {
 public:
  /// `stills` cells of `cell_width` × `cell_height` pixels (fewer if the clip has fewer frames); pictures of
  /// another aspect ratio get black bars.
  ContactSheet(int frames, int stills, int cell_width, int cell_height);

  /// The clip's next frame, any size.
  void add(const Frame& frame);
  /// The row; cells of frames that never came stay black.
  Frame finish() { return std::move(row_); }

 private:
  int frame_of(int still) const;

  int frames_, stills_, cell_width_, cell_height_;
  int seen_ = 0, pasted_ = 0;
  Frame row_;
};

}  // namespace clipmill
