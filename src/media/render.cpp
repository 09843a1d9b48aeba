#include "media/render.h"

#include <algorithm>

#include "media/convert.h"
#include "media/label.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/frame.h>
}

namespace clipmill {
namespace {

constexpr const char* kScalerFlags = "lanczos+accurate_rnd+full_chroma_int+full_chroma_inp";
constexpr const char* kDeliveredFormat = "yuv420p";

std::string text_of(AVRational value) { return fmt::format("{}/{}", value.num, value.den); }

Size delivered_size(const RenderOptions& options) {
  return {options.output_width > 0 ? options.output_width : options.width,
          options.output_height > 0 ? options.output_height : options.height};
}

void check_even(Size size, const std::string& what) {
  if (size.width <= 0 || size.height <= 0 || size.width % 2 || size.height % 2) {
    throw input_error("{} makes pictures of {}×{}; H.264 needs an even width and height", what, size.width,
                      size.height);
  }
}

void check(const RenderOptions& options) {
  if (options.width <= 0 || options.height <= 0 || !(options.fps > 0)) {
    throw input_error("cannot render {}×{} pixels at {} frames a second", options.width, options.height,
                      options.fps);
  }
  check_even(delivered_size(options), "the output size");
}

AVFilterContext* append_source(FilterChain& chain, const RenderOptions& options) {
  const AVRational rate = exact_rate(options.fps);
  return chain.append("buffer", {{"width", std::to_string(options.width)},
                                 {"height", std::to_string(options.height)},
                                 {"pix_fmt", "rgb24"},
                                 {"sar", "1/1"},
                                 {"time_base", text_of(av_inv_q(rate))},
                                 {"frame_rate", text_of(rate)}});
}

int even(int length) { return std::max(2, length / 2 * 2); }

/// The one place where the delivered matrix and range are decided.
FilterOptions to_delivered_colours(FilterOptions options) {
  for (const auto& [key, value] :
       FilterOptions{{"out_color_matrix", "bt709"}, {"out_range", "tv"}, {"flags", kScalerFlags}})
    options.emplace_back(key, value);
  return options;
}

/// To the delivered size, in RGB for a user's filter: there filters that draw, as drawbox, have their colours
/// right. Else at once to the delivered format, which takes a ninth of the time.
void append_scale(FilterChain& chain, Size input, Size output, bool rgb) {
  Size fitted = fit_inside(input, output);
  if (!rgb) fitted = {even(fitted.width), even(fitted.height)};  // colours are shared by 2×2 pixels
  const FilterOptions size = {{"w", std::to_string(fitted.width)}, {"h", std::to_string(fitted.height)}};
  FilterOptions in_rgb = size;
  in_rgb.emplace_back("flags", kScalerFlags);
  chain.append("scale", rgb ? in_rgb : to_delivered_colours(size));
  chain.append("format", {{"pix_fmts", rgb ? "rgb24" : kDeliveredFormat}});
  if (fitted == output) return;
  chain.append("pad", {{"width", std::to_string(output.width)},
                       {"height", std::to_string(output.height)},
                       {"x", "(ow-iw)/2"},
                       {"y", "(oh-ih)/2"}});
}

/// `convert`: whatever a user's filter left.
void append_delivery(FilterChain& chain, bool convert) {
  if (convert) chain.append("scale", to_delivered_colours({}));
  chain.append("format", {{"pix_fmts", kDeliveredFormat}});
  chain.append(
      "setparams",
      {{"range", "tv"}, {"color_primaries", "bt709"}, {"color_trc", "bt709"}, {"colorspace", "bt709"}});
  chain.append("setsar", {{"sar", "1"}});
}

}  // namespace

RenderGraph::RenderGraph(const RenderOptions& options)
    : input_{options.width, options.height},
      output_fps_(options.output_fps > 0 ? options.output_fps : options.fps),
      blame_(options.filter.empty() ? "cannot render" : fmt::format("filter \"{}\"", options.filter)) {
  check(options);
  source_ = append_source(chain_, options);
  const bool filtered = !options.filter.empty();
  append_scale(chain_, input_, delivered_size(options), /*rgb=*/filtered);
  chain_.append("fps", {{"fps", text_of(exact_rate(output_fps_))}, {"start_time", "0"}});
  if (filtered) chain_.append_graph(options.filter);
  if (!options.label.empty())
    chain_.append("drawtext", label_options(options.label, delivered_size(options)));
  append_delivery(chain_, filtered);
  sink_ = chain_.append("buffersink");
  chain_.configure(blame_);
  check_even(size(), blame_);
}

double RenderGraph::fps() const {
  const AVRational rate = av_buffersink_get_frame_rate(sink_);
  return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : output_fps_;  // not every filter tells its rate
}

Size RenderGraph::size() const { return {av_buffersink_get_w(sink_), av_buffersink_get_h(sink_)}; }

void RenderGraph::push(const Frame& frame) {
  if (Size{frame.width, frame.height} != input_) {
    throw Error(ErrorKind::kInternal, fmt::format("frame {} is {}×{} instead of {}×{}", pushed_, frame.width,
                                                  frame.height, input_.width, input_.height));
  }
  const auto picture = to_av_frame(frame);
  picture->pts = pushed_++;
  check_filter(av_buffersrc_add_frame(source_, picture.get()), blame_);
}

void RenderGraph::finish() {
  // The end is one frame after the last one's beginning: its duration counts, too.
  check_filter(av_buffersrc_close(source_, pushed_, AV_BUFFERSRC_FLAG_PUSH), blame_);
}

std::optional<VideoFrame> RenderGraph::pull() {
  auto frame = av_own(av_frame_alloc());
  const int code = av_buffersink_get_frame(sink_, frame.get());
  if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return std::nullopt;
  check_filter(code, blame_);
  return VideoFrame(std::move(frame));
}

}  // namespace clipmill
