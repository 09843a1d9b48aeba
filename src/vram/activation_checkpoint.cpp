#include "vram/activation_checkpoint.h"

#include <c10/core/GradMode.h>

#include "base/error.h"
#include "vram/checkpoint_frame.h"

namespace clipmill {

Tensors checkpoint(const Segment& segment, const Tensors& inputs, const CheckpointOptions& options) {
  if (!c10::GradMode::is_enabled()) return segment(inputs);
  return std::make_shared<CheckpointFrame>(segment, inputs, options.rng)->forward(inputs);
}

at::Tensor checkpoint(const Layer& layer, const at::Tensor& input, const CheckpointOptions& options) {
  return checkpoint([layer](const Tensors& inputs) { return Tensors{layer(inputs[0])}; }, Tensors{input},
                    options)[0];
}

std::vector<int> segment_bounds(int layers, int segments) {
  if (segments < 1 || segments > layers) {
    throw input_error("{} layers cannot be checkpointed in {} segments: choose 1 to {}", layers, segments,
                      layers);
  }
  std::vector<int> bounds;
  for (int i = 0; i <= segments; ++i) {
    bounds.push_back(static_cast<int>(static_cast<std::int64_t>(layers) * i / segments));
  }
  return bounds;
}

at::Tensor checkpoint_sequential(const std::vector<Layer>& layers, int segments, const at::Tensor& input,
                                 const CheckpointOptions& options) {
  const std::vector<int> bounds = segment_bounds(static_cast<int>(layers.size()), segments);
  at::Tensor x = input;
  for (int i = 0; i < segments; ++i) {
    const std::vector<Layer> part(layers.begin() + bounds[i], layers.begin() + bounds[i + 1]);
    const Layer segment = [part](at::Tensor y) {
      for (const Layer& layer : part) y = layer(y);
      return y;
    };
    const bool keep = options.keep_last && i + 1 == segments;
    x = keep ? segment(x) : checkpoint(segment, x, options);
  }
  return x;
}

}  // namespace clipmill
