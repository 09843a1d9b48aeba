#include "media/video_reader.h"

#include "media/convert.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace clipmill {

VideoReader::VideoReader(const std::filesystem::path& path)
    : what_(fmt::format("cannot read {}", path.string())),
      packet_(av_own(av_packet_alloc())),
      picture_(av_own(av_frame_alloc())) {
  capture_av_log();
  const auto check = [&](int code) { return av_check(code, ErrorKind::kInput, what_); };
  AVFormatContext* context = nullptr;
  check(avformat_open_input(&context, path.c_str(), nullptr, nullptr));
  container_.reset(context);
  check(avformat_find_stream_info(context, nullptr));
  stream_ = check(av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0));
  const AVCodecParameters* parameters = context->streams[stream_]->codecpar;
  const AVCodec* codec = avcodec_find_decoder(parameters->codec_id);
  if (codec == nullptr) throw input_error("{}: no decoder for its video", what_);
  decoder_ = av_own(avcodec_alloc_context3(codec));
  check(avcodec_parameters_to_context(decoder_.get(), parameters));
  check(avcodec_open2(decoder_.get(), codec, nullptr));
}

int VideoReader::width() const { return decoder_->width; }
int VideoReader::height() const { return decoder_->height; }
double VideoReader::fps() const { return av_q2d(container_->streams[stream_]->avg_frame_rate); }

std::map<std::string, std::string> VideoReader::metadata() const {
  std::map<std::string, std::string> tags;
  const AVDictionaryEntry* tag = nullptr;
  while ((tag = av_dict_get(container_->metadata, "", tag, AV_DICT_IGNORE_SUFFIX)))
    tags[tag->key] = tag->value;
  return tags;
}

std::optional<Frame> VideoReader::next() {
  while (true) {
    const int code = avcodec_receive_frame(decoder_.get(), picture_.get());
    if (code == AVERROR_EOF) return std::nullopt;
    if (code != AVERROR(EAGAIN)) {
      av_check(code, ErrorKind::kInput, what_);
      return to_frame(*picture_);
    }
    feed();
  }
}

// Hands the decoder the stream's next packet, or the end of the file.
void VideoReader::feed() {
  av_packet_unref(packet_.get());
  int code = 0;
  while ((code = av_read_frame(container_.get(), packet_.get())) >= 0 && packet_->stream_index != stream_) {
    av_packet_unref(packet_.get());
  }
  if (code != AVERROR_EOF) av_check(code, ErrorKind::kInput, what_);
  av_check(avcodec_send_packet(decoder_.get(), code < 0 ? nullptr : packet_.get()), ErrorKind::kInput, what_);
}

}  // namespace clipmill
