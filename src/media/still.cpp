#include "media/still.h"

#include <algorithm>
#include <cstring>

#include "base/atomic_file.h"
#include "media/convert.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace clipmill {
namespace {

AvPtr<AVCodecContext> still_encoder(const char* name, const AVFrame& picture, int qscale) {
  const AVCodec* codec = avcodec_find_encoder_by_name(name);
  if (codec == nullptr) throw input_error("this libavcodec has no encoder {}", name);
  auto encoder = av_own(avcodec_alloc_context3(codec));
  encoder->width = picture.width;
  encoder->height = picture.height;
  encoder->pix_fmt = static_cast<AVPixelFormat>(picture.format);
  encoder->color_range = picture.color_range;
  encoder->time_base = {1, 1};
  encoder->thread_count = 1;
  encoder->flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_QSCALE;
  encoder->global_quality = FF_QP2LAMBDA * qscale;
  return encoder;
}

void encode(const std::filesystem::path& path, const char* encoder_name, AVFrame& picture, int qscale) {
  const std::string what = fmt::format("cannot write {}", path.string());
  capture_av_log();
  const auto encoder = still_encoder(encoder_name, picture, qscale);
  av_check(avcodec_open2(encoder.get(), nullptr, nullptr), ErrorKind::kInternal, what);
  picture.quality = encoder->global_quality;
  av_check(avcodec_send_frame(encoder.get(), &picture), ErrorKind::kInternal, what);
  const auto packet = av_own(av_packet_alloc());
  av_check(avcodec_send_frame(encoder.get(), nullptr), ErrorKind::kInternal, what);
  av_check(avcodec_receive_packet(encoder.get(), packet.get()), ErrorKind::kInternal, what);
  AtomicFile file(path);
  file.write(packet->data, static_cast<std::size_t>(packet->size));
  file.commit();
}

}  // namespace

void write_png(const std::filesystem::path& path, const Frame& frame) {
  encode(path, "png", *to_av_frame(frame), 0);
}

void write_jpeg(const std::filesystem::path& path, const Frame& frame, int quality) {
  const int qscale = 31 - std::clamp(quality, 1, 100) * 29 / 100;  // JPEG's scale in libav: 31 (worst) to 2
  encode(path, "mjpeg", *to_jpeg_yuv(frame), qscale);
}

Frame fitted(const Frame& frame, int width, int height) {
  const Size inner = fit_inside({frame.width, frame.height}, {width, height});
  Frame canvas(width, height);
  paste(canvas, scaled(frame, inner.width, inner.height), (width - inner.width) / 2,
        (height - inner.height) / 2);
  return canvas;
}

void paste(Frame& canvas, const Frame& picture, int x, int y) {
  for (int line = 0; line < picture.height; ++line) {
    std::memcpy(canvas.row(y + line) + static_cast<std::size_t>(x) * 3, picture.row(line),
                static_cast<std::size_t>(picture.width) * 3);
  }
}

}  // namespace clipmill
