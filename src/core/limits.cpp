#include "core/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clipmill {
namespace {

int nearest_multiple(int value, int step) {
  return std::max(step, static_cast<int>(std::lround(double(value) / step)) * step);
}

void check_side(std::vector<std::string>& found, std::string_view name, int value, int grid,
                int max_positions) {
  if (value < 1 || value % grid != 0) {
    found.push_back(fmt::format("{} must be a positive multiple of {}, not {}: the nearest is {}", name, grid,
                                value, nearest_multiple(value, grid)));
  } else if (value / grid > max_positions) {
    found.push_back(fmt::format("{} {} is beyond this model's position table: at most {}", name, value,
                                grid * max_positions));
  }
}

void check_frames(std::vector<std::string>& found, const ClipSpec& clip, const ModelLimits& limits) {
  const int step = limits.temporal_factor;
  const int latent_frames = (clip.frames - 1) / step + 1;
  if (clip.frames < 1 || (clip.frames - 1) % step != 0) {
    const int below = clip.frames < 1 ? 1 : (clip.frames - 1) / step * step + 1;
    found.push_back(fmt::format("frames must be {}k+1, not {}: the nearest are {} and {}", step, clip.frames,
                                below, below + step));
  } else if (latent_frames % limits.latent_frames_step != 0) {
    found.push_back(
        fmt::format("{} frames make {} latent frames, not a multiple of this model's temporal patch {}",
                    clip.frames, latent_frames, limits.latent_frames_step));
  } else if (latent_frames / limits.latent_frames_step > limits.max_positions) {
    found.push_back(fmt::format("frames {} is beyond this model's position table: at most {}", clip.frames,
                                (limits.max_positions * limits.latent_frames_step - 1) * step + 1));
  }
}

}  // namespace

std::vector<std::string> violations(const ClipSpec& clip, const ModelLimits& limits) {
  std::vector<std::string> found;
  check_side(found, "width", clip.width, limits.grid_width, limits.max_positions);
  check_side(found, "height", clip.height, limits.grid_height, limits.max_positions);
  check_frames(found, clip, limits);
  if ((clip.output_width == 0) != (clip.output_height == 0)) {
    found.push_back("output_width and output_height must be given together");
  }
  if (clip.output_width % 2 != 0 || clip.output_height % 2 != 0) {
    found.push_back(fmt::format("the delivered size must be even (H.264, 4:2:0), not {}x{}",
                                clip.output_width, clip.output_height));
  }
  if (clip.guidance_2 && !limits.two_transformers) {
    found.push_back("guidance_2 is for models with two transformers; this one has one");
  }
  return found;
}

}  // namespace clipmill
