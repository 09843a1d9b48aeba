// Reads a video file frame by frame.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "media/av.h"
#include "media/frame.h"

namespace clipmill {

class VideoReader {
 public:
  /// Opens the first video stream. Throws Error(kIo) if there is no such file, Error(kInput) if it is no
  /// video.
  explicit VideoReader(const std::filesystem::path& path);

  int width() const;
  int height() const;
  double fps() const;
  /// The container's tags.
  std::map<std::string, std::string> metadata() const;
  /// The next frame as RGB; empty at the end. Throws Error(kInput) where the file is damaged.
  std::optional<Frame> next();

 private:
  void feed();

  std::string what_;
  AvPtr<AVFormatContext> container_;
  AvPtr<AVCodecContext> decoder_;
  AvPtr<AVPacket> packet_;
  AvPtr<AVFrame> picture_;
  int stream_ = -1;
};

}  // namespace clipmill
