// Activation checkpointing: a segment of a network keeps its inputs only, and computes again in the backward
// pass what its operations would have saved.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <vector>

namespace clipmill {

using Tensors = std::vector<at::Tensor>;
/// Any part of a network. It must compute the same each time it is called with the same inputs, random
/// numbers of torch's default generators included, and must not run a backward pass itself.
using Segment = std::function<Tensors(const Tensors&)>;
/// One link of a chain: a block with one input and one output.
using Layer = std::function<at::Tensor(const at::Tensor&)>;

struct CheckpointOptions {
  /// Restores the generators for the second computation, so that dropout repeats. Costs 5 KB a segment.
  bool rng = true;
  /// The last segment of a chain keeps its activations: its backward pass comes at once, so that computing it
  /// again would save nothing. Turn it off where much memory is needed between the chain and its backward
  /// pass.
  bool keep_last = true;
};

/// segment(inputs), with nothing saved inside of it. The graph is the very same as without checkpointing
/// (saved tensors are left out of it and put back), so that gradients are equal bit for bit and in the same
/// order of accumulation: of inputs, of parameters and other tensors the segment captured, also when they are
/// shared between segments or used several times, over several backward passes, and of gradients of
/// gradients. The only condition is that the operations themselves repeat bit for bit. Works whether or not
/// an input requires a gradient, for undefined inputs, inside of other segments, under autocast; without
/// gradients it is a plain call.
///
/// Inputs are freed when the backward pass reaches the segment (kept, if the graph is retained). The second
/// computation ends with the last tensor needed; the segment then sees an exception, which it must let
/// through. Throws c10::Error from the backward pass when the second computation saves other tensors than the
/// first.
Tensors checkpoint(const Segment& segment, const Tensors& inputs, const CheckpointOptions& options = {});
at::Tensor checkpoint(const Layer& layer, const at::Tensor& input, const CheckpointOptions& options = {});

/// Where `segments` parts of `layers` layers begin and end: sizes differ by one at most, the larger ones
/// last, because the last part is computed once. Throws Error(kInput) unless 1 <= segments <= layers.
std::vector<int> segment_bounds(int layers, int segments);

/// layers[n-1](… layers[0](input)), in `segments` parts of about equal length (1: no checkpointing, unless
/// !keep_last). The peak is about segments · boundary + ceil(layers / segments) · inside (checkpoint_plan.h
/// chooses).
at::Tensor checkpoint_sequential(const std::vector<Layer>& layers, int segments, const at::Tensor& input,
                                 const CheckpointOptions& options = {});

}  // namespace clipmill
