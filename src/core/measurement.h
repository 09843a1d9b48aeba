// What a stage of a clip took, and how much work it was.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "core/job.h"
#include "core/stage.h"

namespace clipmill {

/// What of a clip decides how much work its stages are.
struct ClipShape {
  int width = 0;  ///< pixels that the model generates
  int height = 0;
  int frames = 0;
  int steps = 0;
  bool guided = false;  ///< classifier-free guidance: two passes of the transformer a step

  auto operator<=>(const ClipShape&) const = default;
};

inline ClipShape shape_of(const ClipSpec& clip) {
  return {clip.width, clip.height, clip.frames, clip.steps, clip.guidance > 1};
}

/// The analytic part of an estimate (cost/clip_work.h).
struct StageWork {
  double amount = 0;  ///< FLOPs; of load the bytes that are read; of render and encode_video pixels
  double bytes = 0;   ///< the peak on the device, weights included; 0 where the stage holds none
};

/// Measurements of one key are of one line: seconds over amount, and peak over bytes.
struct StageKey {
  std::string model;   ///< JobSpec::model
  std::string device;  ///< "cuda:0"
  std::string plan;    ///< how it runs: the precision
  Stage stage = Stage::kDenoise;

  auto operator<=>(const StageKey&) const = default;
};

struct Measurement {
  StageKey key;
  ClipShape shape;
  StageWork work;
  double seconds = 0;
  std::int64_t peak_bytes = 0;
};

/// A stage that did not fit into what was reserved for its job.
struct OutOfMemory {
  StageKey key;
  ClipShape shape;
  StageWork work;
  std::int64_t reserved = 0;
};

}  // namespace clipmill
