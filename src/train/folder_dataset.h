// A training set that is a folder: clips with their captions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "train/dataset.h"

namespace clipmill {

/// Clips are video files (mp4, mov, mkv, webm, gif) and subfolders of pictures (PNG, JPEG), one clip each, in
/// the order of their names. The caption of `walk.mp4` is in `walk.txt` beside it (of the subfolder `walk`,
/// too), or in one table (CaptionTable); hidden files and other endings are not looked at. How clips are cut
/// to a bucket: cut.h. Sound and the clips' own frame rates play no part: a frame is a frame.
class FolderDataset : public Dataset {
 public:
  /// Reads every clip once, whole. A clip that is damaged, has no caption, or has fewer frames than the
  /// shortest of `buckets`, and every unusable line of a table, is a problem: all are named in one
  /// Error(kInput), or with `skip_broken` left out and listed in skipped(). Throws Error(kInput), too, if no
  /// clip is left or the folder is none.
  FolderDataset(std::filesystem::path folder, const std::vector<Bucket>& buckets, bool skip_broken);

  std::int64_t size() const override { return static_cast<std::int64_t>(clips_.size()); }
  TrainingClip clip(std::int64_t index, const Bucket& bucket) const override {
    return varied_clip(index, bucket);
  }
  /// Beyond size(), other parts of the longer clips.
  TrainingClip varied_clip(std::int64_t index, const Bucket& bucket) const override;
  std::vector<std::string> captions() const override;
  /// A hash of names, captions and contents.
  std::string identity() const override;

  /// What was left out, "clip.mp4: why", one line each.
  const std::vector<std::string>& skipped() const { return problems_; }

 private:
  struct Clip {
    std::string name, caption;
    std::int64_t frames = 0;
    std::uint64_t content = 0;
  };

  void take(const std::string& name, std::string caption, int shortest);
  [[noreturn]] void refuse() const;

  std::filesystem::path folder_;
  std::vector<Clip> clips_;
  std::vector<std::string> problems_;
};

}  // namespace clipmill
