// Into how many segments a chain of layers is cut: as few as fit the budget, by measurement.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "vram/activation_checkpoint.h"
#include "vram/device.h"

namespace clipmill {

/// Bytes of one layer's forward and backward pass.
struct LayerBytes {
  std::int64_t inside = 0;    ///< what its operations save, its output included: a
  std::int64_t boundary = 0;  ///< what a checkpoint in front of it keeps: b
  std::int64_t working = 0;  ///< what its backward pass needs on top of that, however many segments there are
};

/// Runs `layer` forward, forward under checkpoint() and backward. `input`: what the layer sees in the
/// network. Adds to the gradients of the layer's parameters: clear them afterwards.
LayerBytes measure_layer(Device& device, const Layer& layer, const at::Tensor& input);

/// segments · boundary + ceil(layers / segments) · inside: what of the peak depends on the number of
/// segments.
std::int64_t predicted_bytes(const LayerBytes& layer, int layers, int segments);

/// The numbers of segments worth trying, from the least to be computed twice to the most: of those with
/// equally long segments only the smallest (16 layers: 1 2 3 4 6 8 16).
std::vector<int> useful_segments(int layers);

struct MeasuredPeak {
  int segments;
  std::optional<std::int64_t> bytes;  ///< none: ran out of memory
};

struct SegmentChoice {
  int segments;
  bool fits;                           ///< within the budget; if not, no other number needs less
  std::vector<MeasuredPeak> measured;  ///< in the order of trying
};

/// The peak of a training step in `segments` segments, in bytes; none when it ran out of memory.
using MeasurePeak = std::function<std::optional<std::int64_t>(int segments)>;

/// The number of segments with the least to compute whose measured peak fits `budget` (bytes, in the same
/// count as `measure`), or else the one with the lowest measured peak. The prediction only says where to
/// begin: the answer was measured to fit, and the next faster one not to. Without a budget (0): the lowest
/// peak of all. `fixed`: what the peak has beside predicted_bytes(), as far as known (weights, gradients,
/// working).
SegmentChoice choose_segments(const LayerBytes& layer, int layers, std::int64_t fixed, std::int64_t budget,
                              const MeasurePeak& measure);

}  // namespace clipmill
