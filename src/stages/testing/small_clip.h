// For tests: a clip that is made in no time.
#pragma once

#include <filesystem>
#include <string>

#include "core/job.h"
#include "model/golden.h"

namespace clipmill::test {

/// Of 48×32 by the golden model of that name: the clip and its tensors in `folder`, which is there
/// afterwards.
inline JobSpec small_clip(const std::string& model, const std::filesystem::path& folder, int frames,
                          int steps, double guidance) {
  JobSpec job;
  job.model = golden_folder() / "models" / model;
  job.clip.prompt = "x";
  job.clip.width = 48;
  job.clip.height = 32;
  job.clip.frames = frames;
  job.clip.steps = steps;
  job.clip.guidance = guidance;
  job.clip.max_text_tokens = 16;
  job.output = folder / "clip.mp4";
  job.save_tensors = folder;
  std::filesystem::create_directories(folder);
  return job;
}

}  // namespace clipmill::test
