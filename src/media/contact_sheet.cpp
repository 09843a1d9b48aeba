#include "media/contact_sheet.h"

#include <algorithm>

#include "media/convert.h"
#include "media/filter_chain.h"
#include "media/font.h"
#include "media/still.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/frame.h>
}

namespace clipmill {
namespace {

constexpr int kGap = 2;
constexpr int kCaptionHeight = 20;

AVFilterContext* append_source(FilterChain& chain, const Frame& picture) {
  return chain.append("buffer", {{"width", std::to_string(picture.width)},
                                 {"height", std::to_string(picture.height)},
                                 {"pix_fmt", "rgb24"},
                                 {"time_base", "1/1"}});
}

FilterOptions caption_options(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return {{"text", text},
          {"expansion", "none"},
          {"fontfile", find_font(text).string()},
          {"fontsize", "14"},
          {"fontcolor", "white"},
          {"x", "4"},
          {"y", fmt::format("({}-text_h)/2", kCaptionHeight)}};
}

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

Frame stack(const std::vector<Frame>& pictures) {
  int width = 0, height = 0;
  for (const Frame& picture : pictures) {
    width = std::max(width, picture.width);
    height += picture.height;
  }
  Frame sheet(width, height);
  int y = 0;
  for (const Frame& picture : pictures) {
    paste(sheet, picture, 0, y);
    y += picture.height;
  }
  return sheet;
}

Frame captioned(const Frame& picture, const std::string& text) {
  FilterChain chain;
  AVFilterContext* source = append_source(chain, picture);
  chain.append("pad",
               {{"height", fmt::format("ih+{}", kCaptionHeight)}, {"y", std::to_string(kCaptionHeight)}});
  if (!text.empty()) chain.append("drawtext", caption_options(text));
  chain.append("format", {{"pix_fmts", "rgb24"}});
  AVFilterContext* sink = chain.append("buffersink");
  chain.configure("cannot draw a caption");
  const auto input = to_av_frame(picture), output = av_own(av_frame_alloc());
  av_check(av_buffersrc_add_frame(source, input.get()), ErrorKind::kInternal, "cannot draw a caption");
  av_check(av_buffersink_get_frame(sink, output.get()), ErrorKind::kInternal, "cannot draw a caption");
  return to_frame(*output);
}

}  // namespace clipmill
