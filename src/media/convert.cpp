#include "media/convert.h"

#include <cstring>

#include "media/still.h"

extern "C" {
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
}

namespace clipmill {
namespace {

constexpr int kScaler = SWS_LANCZOS | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;

AvPtr<AVFrame> new_picture(int width, int height, AVPixelFormat format) {
  auto picture = av_own(av_frame_alloc());
  picture->width = width;
  picture->height = height;
  picture->format = format;
  picture->sample_aspect_ratio = {1, 1};
  av_check(av_frame_get_buffer(picture.get(), 0), ErrorKind::kOutOfMemory, "cannot hold a picture");
  return picture;
}

// `matrix` and `full` describe the one side of the two that is YUV.
void convert(const AVFrame& from, AVFrame& to, int matrix, bool full) {
  capture_av_log();
  const auto scaler = av_own(sws_getContext(from.width, from.height, static_cast<AVPixelFormat>(from.format),
                                            to.width, to.height, static_cast<AVPixelFormat>(to.format),
                                            kScaler, nullptr, nullptr, nullptr));
  const int* table = sws_getCoefficients(matrix);
  sws_setColorspaceDetails(scaler.get(), table, full, table, full, 0, 1 << 16, 1 << 16);
  av_check(sws_scale(scaler.get(), from.data, from.linesize, 0, from.height, to.data, to.linesize),
           ErrorKind::kInternal, "cannot convert a picture");
}

Frame from_rgb24(const AVFrame& picture) {
  Frame frame(picture.width, picture.height);
  for (int y = 0; y < frame.height; ++y) {
    std::memcpy(frame.row(y), picture.data[0] + static_cast<std::ptrdiff_t>(y) * picture.linesize[0],
                static_cast<std::size_t>(frame.width) * 3);
  }
  return frame;
}

}  // namespace

AvPtr<AVFrame> to_av_frame(const Frame& frame) {
  auto picture = new_picture(frame.width, frame.height, AV_PIX_FMT_RGB24);
  for (int y = 0; y < frame.height; ++y) {
    std::memcpy(picture->data[0] + static_cast<std::ptrdiff_t>(y) * picture->linesize[0], frame.row(y),
                static_cast<std::size_t>(frame.width) * 3);
  }
  return picture;
}

AvPtr<AVFrame> to_jpeg_yuv(const Frame& frame) {
  auto picture = new_picture(frame.width, frame.height, AV_PIX_FMT_YUVJ420P);
  picture->color_range = AVCOL_RANGE_JPEG;
  convert(*to_av_frame(frame), *picture, SWS_CS_ITU601, true);
  return picture;
}

Frame to_frame(const AVFrame& picture) {
  const bool says = picture.colorspace != AVCOL_SPC_UNSPECIFIED && picture.colorspace != AVCOL_SPC_RGB;
  const auto rgb = new_picture(picture.width, picture.height, AV_PIX_FMT_RGB24);
  convert(picture, *rgb, says ? picture.colorspace : AVCOL_SPC_BT709,
          picture.color_range == AVCOL_RANGE_JPEG);
  return from_rgb24(*rgb);
}

Frame scaled(const Frame& frame, int width, int height) {
  if (frame.width == width && frame.height == height) return frame;
  const auto result = new_picture(width, height, AV_PIX_FMT_RGB24);
  convert(*to_av_frame(frame), *result, SWS_CS_ITU709, true);
  return from_rgb24(*result);
}

}  // namespace clipmill
