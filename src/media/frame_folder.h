// A clip as numbered PNG files.
#pragma once

#include <filesystem>

#include "media/frame.h"

namespace clipmill {

/// Writes frame-0001.png, frame-0002.png, … each whole or not at all.
class FrameFolder {
 public:
  /// Makes the folder if need be. Throws Error(kIo).
  explicit FrameFolder(std::filesystem::path folder);
  void write(const Frame& frame);
  /// Removes the frames that an earlier, longer clip left in the folder after the last one of this clip.
  void finish();

 private:
  std::filesystem::path file(int number) const;

  std::filesystem::path folder_;
  int written_ = 0;
};

}  // namespace clipmill
