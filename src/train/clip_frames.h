// The frames of one clip of a data folder: a video file, or a folder of numbered pictures.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "media/frame.h"
#include "media/video_reader.h"

namespace clipmill {

/// By its ending: mp4, mov, mkv, webm, gif.
bool is_video(const std::filesystem::path& path);
/// The PNG and JPEG files of a folder, in the order of the numbers in their names: frame-2 before frame-10.
std::vector<std::filesystem::path> pictures_in(const std::filesystem::path& folder);

class ClipFrames {
 public:
  /// Throws Error(kInput) naming the path if it is no clip, Error(kIo) if it cannot be read.
  explicit ClipFrames(const std::filesystem::path& path);
  /// The next frame; empty after the last one. Throws Error(kInput) where the clip is damaged.
  std::optional<Frame> next();

 private:
  std::optional<VideoReader> video_;
  std::vector<std::filesystem::path> pictures_;
  std::size_t next_ = 0;
};

/// How many frames can be read. Reads them all: throws as ClipFrames does for any that is damaged, and
/// Error(kInput) for a clip without frames.
std::int64_t count_frames(const std::filesystem::path& path);

}  // namespace clipmill
