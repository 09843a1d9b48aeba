// How a clip of any size and length is cut to a bucket.
#pragma once

#include <cstdint>
#include <vector>

#include "media/frame.h"

namespace clipmill {

/// The numbers of the frames that fill a bucket of `wanted` frames, ascending. From a longer clip, as many in
/// a row; where they start follows `index` and is spread evenly over the clip (golden-ratio sequence), so
/// that clips of neighbouring indices start at different places. A shorter clip is played slower: all of it,
/// frames repeated. `available` and `wanted` ≥ 1.
std::vector<std::int64_t> chosen_frames(std::int64_t available, int wanted, std::int64_t index);

/// The middle of a picture at exactly `width` × `height`: scaled (Lanczos) until it covers them, the overhang
/// cut off evenly on both sides.
Frame covering(const Frame& frame, int width, int height);

}  // namespace clipmill
