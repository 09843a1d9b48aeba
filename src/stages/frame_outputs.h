// What a job wants beside its clip: single frames, a contact sheet, a poster.
#pragma once

#include <optional>

#include "core/job.h"
#include "media/contact_sheet.h"
#include "media/frame_folder.h"

namespace clipmill {

class FrameOutputs {
 public:
  explicit FrameOutputs(const JobSpec& job);
  /// The next generated frame, in order.
  void add(const Frame& frame);
  void finish();

 private:
  const JobSpec& job_;
  std::optional<FrameFolder> folder_;
  std::optional<ContactSheet> sheet_, poster_;
};

}  // namespace clipmill
