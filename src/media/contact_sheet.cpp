#include "media/contact_sheet.h"

#include <algorithm>

#include "media/still.h"

namespace clipmill {
namespace {

constexpr int kGap = 2;

}  // namespace

ContactSheet::ContactSheet(int frames, int stills, int cell_width, int cell_height)
    : frames_(std::max(frames, 1)),
      stills_(std::clamp(stills, 1, frames_)),
      cell_width_(cell_width),
      cell_height_(cell_height),
      row_(stills_ * cell_width + (stills_ - 1) * kGap, cell_height) {}

int ContactSheet::frame_of(int still) const {
  if (stills_ == 1) return 0;
  return (still * (frames_ - 1) + (stills_ - 1) / 2) / (stills_ - 1);
}

void ContactSheet::add(const Frame& frame) {
  if (pasted_ < stills_ && seen_ == frame_of(pasted_)) {
    paste(row_, fitted(frame, cell_width_, cell_height_), pasted_ * (cell_width_ + kGap), 0);
    ++pasted_;
  }
  ++seen_;
}

}  // namespace clipmill
