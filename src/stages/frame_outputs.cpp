#include "stages/frame_outputs.h"

#include "media/still.h"

namespace clipmill {
namespace {

constexpr int kSheetStills = 8, kSheetSide = 160;
constexpr int kPosterStills = 3, kPosterSide = 192;
constexpr int kPosterQuality = 85;

ContactSheet row_of(const ClipSpec& clip, int stills, int longer_side) {
  const int longest = std::max(clip.width, clip.height);
  return ContactSheet(clip.frames, stills, longer_side * clip.width / longest,
                      longer_side * clip.height / longest);
}

}  // namespace

FrameOutputs::FrameOutputs(const JobSpec& job) : job_(job) {
  if (!job.frames_folder.empty()) folder_.emplace(job.frames_folder);
  if (!job.contact_sheet.empty()) sheet_.emplace(row_of(job.clip, kSheetStills, kSheetSide));
  if (!job.poster.empty()) poster_.emplace(row_of(job.clip, kPosterStills, kPosterSide));
}

void FrameOutputs::add(const Frame& frame) {
  if (folder_) folder_->write(frame);
  if (sheet_) sheet_->add(frame);
  if (poster_) poster_->add(frame);
}

void FrameOutputs::finish() {
  if (folder_) folder_->finish();
  if (sheet_) write_png(job_.contact_sheet, sheet_->finish());
  if (poster_) write_jpeg(job_.poster, poster_->finish(), kPosterQuality);
}

}  // namespace clipmill
