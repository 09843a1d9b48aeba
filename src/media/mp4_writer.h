// The encoder: delivered frames into an H.264 MP4 that appears whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/atomic_file.h"
#include "media/video_frame.h"

struct AVStream;

namespace clipmill {

struct VideoOptions {
  double fps = 0;
  int width = 0, height = 0;
  int crf = 18;     ///< x264's constant rate factor
  int threads = 1;  ///< of x264; part of what makes the same bytes again
};

/// libx264, yuv420p tagged BT.709, index before the pictures (faststart), any metadata keys. The same frames,
/// options, metadata and libraries give the same bytes. Destroyed before finish(), it leaves nothing behind.
class Mp4Writer {
 public:
  /// Throws Error(kIo) if the file cannot be written, Error(kInput) for impossible options.
  Mp4Writer(std::filesystem::path target, const VideoOptions& options,
            const std::map<std::string, std::string>& metadata);

  /// The next frame at the constant rate. Throws Error(kIo) naming the target, as on a full disk.
  void write(const VideoFrame& frame);
  /// The clip has its final name, on disk, when this returns. Throws Error(kIo); Error(kInput) without
  /// frames.
  void finish();

 private:
  void open_encoder(const VideoOptions& options);
  void open_container(const std::map<std::string, std::string>& metadata);
  void encode(const AVFrame* frame);
  int check(int code) const;

  std::filesystem::path target_;
  AtomicFile file_;
  AvPtr<AVCodecContext> encoder_;
  AvPtr<AVFormatContext> container_;
  AvPtr<AVPacket> packet_;
  AvPtr<AVFrame> picture_;
  std::int64_t written_ = 0;
};

}  // namespace clipmill
