#include "vram/checkpoint_plan.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <limits>

namespace clipmill {
namespace {

int longest_segment(int layers, int segments) { return (layers + segments - 1) / segments; }

bool fits(const MeasuredPeak& peak, std::int64_t budget) { return peak.bytes && *peak.bytes <= budget; }

std::int64_t or_most(const std::optional<std::int64_t>& bytes) {
  return bytes.value_or(std::numeric_limits<std::int64_t>::max());
}

SegmentChoice lowest(std::vector<MeasuredPeak> measured) {
  const auto best = std::min_element(measured.begin(), measured.end(), [](const auto& a, const auto& b) {
    return or_most(a.bytes) < or_most(b.bytes);
  });
  return {best->segments, false, std::move(measured)};
}

}  // namespace

LayerBytes measure_layer(Device& device, const Layer& layer, const at::Tensor& input) {
  const c10::AutoGradMode with_gradients(true);
  const auto held = [&device] { return (device.synchronize(), device.memory().current); };
  const at::Tensor x = input.detach().set_requires_grad(true);
  layer(x).sum().backward();  // gradients exist from here on, and so does what libraries keep for good
  LayerBytes bytes;
  std::int64_t before = held();
  {
    const at::Tensor y = checkpoint(layer, x);
    bytes.boundary = held() - before;
  }
  before = held();
  const at::Tensor y = layer(x);
  const std::int64_t after = held();
  bytes.inside = after - before;
  device.reset_peak();
  y.backward(at::ones_like(y));
  bytes.working = (device.synchronize(), device.memory().peak) - after;
  return bytes;
}

std::int64_t predicted_bytes(const LayerBytes& layer, int layers, int segments) {
  return segments * layer.boundary + longest_segment(layers, segments) * layer.inside;
}

std::vector<int> useful_segments(int layers) {
  std::vector<int> useful = {1};
  for (int segments = 2; segments <= layers; ++segments) {
    if (longest_segment(layers, segments) < longest_segment(layers, useful.back()))
      useful.push_back(segments);
  }
  return useful;
}

SegmentChoice choose_segments(const LayerBytes& layer, int layers, std::int64_t fixed, std::int64_t budget,
                              const MeasurePeak& measure) {
  const std::vector<int> useful = useful_segments(layers);
  std::vector<MeasuredPeak> measured;
  const auto tried_to_fit = [&](std::size_t i) {
    measured.push_back({useful[i], measure(useful[i])});
    return fits(measured.back(), budget);
  };
  const auto first = std::find_if(useful.begin(), useful.end(), [&](int segments) {
    return fixed + predicted_bytes(layer, layers, segments) <= budget;
  });
  const std::size_t start = first == useful.end() ? 0 : static_cast<std::size_t>(first - useful.begin());
  std::size_t i = start;
  if (tried_to_fit(i)) {
    while (i > 0 && tried_to_fit(i - 1)) --i;
    return {useful[i], true, std::move(measured)};
  }
  while (++i < useful.size()) {
    if (tried_to_fit(i)) return {useful[i], true, std::move(measured)};
  }
  for (i = 0; i < start; ++i) {
    if (tried_to_fit(i)) return {useful[i], true, std::move(measured)};
  }
  return lowest(std::move(measured));
}

}  // namespace clipmill
