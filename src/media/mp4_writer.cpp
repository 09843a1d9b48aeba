#include "media/mp4_writer.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/cpu.h>
#include <libavutil/opt.h>
}

namespace clipmill {
namespace {

AvPtr<AVCodecContext> x264(const VideoOptions& options) {
  const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
  if (codec == nullptr) {
    throw Error(ErrorKind::kInput, "this libavcodec has no encoder libx264",
                "install a libavcodec built with x264, as Debian's libavcodec-dev");
  }
  auto encoder = av_own(avcodec_alloc_context3(codec));
  encoder->width = options.width;
  encoder->height = options.height;
  encoder->framerate = exact_rate(options.fps);
  encoder->time_base = av_inv_q(encoder->framerate);
  encoder->thread_count = options.threads;
  return encoder;
}

/// With AVX-512, x264 (164) reads memory that it did not write, and equal frames give other bytes from run to
/// run; its AVX2 code does not, and is hardly slower.
void make_deterministic(AVCodecContext& encoder) {
  if (av_get_cpu_flags() & AV_CPU_FLAG_AVX512) av_opt_set(encoder.priv_data, "x264-params", "asm=avx2", 0);
}

void tag_format(AVCodecContext& encoder) {
  encoder.pix_fmt = AV_PIX_FMT_YUV420P;
  encoder.sample_aspect_ratio = {1, 1};
  encoder.color_range = AVCOL_RANGE_MPEG;
  encoder.colorspace = AVCOL_SPC_BT709;
  encoder.color_primaries = AVCOL_PRI_BT709;
  encoder.color_trc = AVCOL_TRC_BT709;
}

}  // namespace

Mp4Writer::Mp4Writer(std::filesystem::path target, const VideoOptions& options,
                     const std::map<std::string, std::string>& metadata)
    : target_(std::move(target)),
      file_(target_),
      packet_(av_own(av_packet_alloc())),
      picture_(av_own(av_frame_alloc())) {
  capture_av_log();
  if (options.width <= 0 || options.height <= 0 || options.width % 2 || options.height % 2 ||
      !(options.fps > 0)) {
    throw input_error("cannot encode {}×{} pixels at {} frames a second; sides have to be even",
                      options.width, options.height, options.fps);
  }
  open_encoder(options);
  open_container(metadata);
}

void Mp4Writer::open_encoder(const VideoOptions& options) {
  encoder_ = x264(options);
  tag_format(*encoder_);
  encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  make_deterministic(*encoder_);
  av_opt_set(encoder_->priv_data, "crf", std::to_string(options.crf).c_str(), 0);
  av_check(avcodec_open2(encoder_.get(), nullptr, nullptr), ErrorKind::kInput,
           fmt::format("x264 cannot encode {}×{} pixels at {} frames a second, crf {}", options.width,
                       options.height, options.fps, options.crf));
}

void Mp4Writer::open_container(const std::map<std::string, std::string>& metadata) {
  AVFormatContext* context = nullptr;
  check(avformat_alloc_output_context2(&context, nullptr, "mp4", file_.temporary().c_str()));
  container_.reset(context);
  container_->flags |= AVFMT_FLAG_BITEXACT;
  AVStream* stream = avformat_new_stream(container_.get(), nullptr);
  if (stream == nullptr) throw Error(ErrorKind::kOutOfMemory, "libav could not allocate memory");
  stream->time_base = encoder_->time_base;
  stream->avg_frame_rate = encoder_->framerate;
  check(avcodec_parameters_from_context(stream->codecpar, encoder_.get()));
  for (const auto& [key, value] : metadata) {
    check(av_dict_set(&container_->metadata, key.c_str(), value.c_str(), 0));
  }
  check(avio_open(&container_->pb, file_.temporary().c_str(), AVIO_FLAG_WRITE));
  check(av_opt_set(container_->priv_data, "movflags", "+faststart+use_metadata_tags", 0));
  check(avformat_write_header(container_.get(), nullptr));
}

void Mp4Writer::write(const VideoFrame& frame) {
  if (frame.width() != encoder_->width || frame.height() != encoder_->height) {
    throw input_error("a frame of {}×{} in a clip of {}×{}", frame.width(), frame.height(), encoder_->width,
                      encoder_->height);
  }
  check(av_frame_ref(picture_.get(), frame.get()));
  picture_->pts = written_++;
  picture_->pict_type = AV_PICTURE_TYPE_NONE;  // what came in is no advice to the encoder
  encode(picture_.get());
  av_frame_unref(picture_.get());
}

void Mp4Writer::encode(const AVFrame* frame) {
  check(avcodec_send_frame(encoder_.get(), frame));
  while (true) {
    const int code = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    check(code);
    packet_->duration = 1;
    av_packet_rescale_ts(packet_.get(), encoder_->time_base, container_->streams[0]->time_base);
    check(av_interleaved_write_frame(container_.get(), packet_.get()));
  }
}

void Mp4Writer::finish() {
  if (written_ == 0) throw input_error("{}: not one frame to write", target_.string());
  encode(nullptr);
  check(av_write_trailer(container_.get()));
  avio_flush(container_->pb);
  check(container_->pb->error);  // faststart's shift reports a full disk only here
  check(avio_closep(&container_->pb));
  file_.commit();
}

int Mp4Writer::check(int code) const {
  // x264's threads say why in a log of their own; nothing but a failed allocation is known to bring it here.
  if (code == AVERROR_EXTERNAL) {
    throw Error(ErrorKind::kInternal, fmt::format("cannot write {}: x264 failed", target_.string()),
                "most often for want of host memory: fewer threads or a smaller output_size take less");
  }
  return av_check(code, ErrorKind::kInternal, fmt::format("cannot write {}", target_.string()));
}

}  // namespace clipmill
