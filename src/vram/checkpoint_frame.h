// One checkpointed call: what is needed to compute it again, and the saved tensors while they are back.
#pragma once

#include <torch/csrc/autograd/saved_variable.h>

#include <memory>
#include <mutex>
#include <vector>

#include "vram/activation_checkpoint.h"
#include "vram/forward_state.h"
#include "vram/saved_tensor_hooks.h"

namespace clipmill {

/// Lives as long as the graph holds one of its saved tensors. Its inputs are saved the way any operation
/// saves tensors: inside of another frame they are left out, and computed again when asked for. That is all
/// that nesting needs.
class CheckpointFrame : public SavedTensorPacker, public std::enable_shared_from_this<CheckpointFrame> {
 public:
  CheckpointFrame(Segment segment, const Tensors& inputs, bool rng);

  /// Computes the segment; what it saves is noted, not kept.
  Tensors forward(const Tensors& inputs);

  // For the hooks, in the order of their use.
  std::unique_ptr<torch::autograd::SavedVariableHooks> hooks() override;
  std::size_t leave_out(const at::Tensor& tensor);
  void recomputed(const at::Tensor& tensor);
  at::Tensor take(std::size_t index);
  void forget(std::size_t index);

 private:
  /// A tensor that an operation wanted to save.
  struct Slot {
    std::vector<std::int64_t> sizes;
    at::ScalarType dtype;
    bool wanted = true;
    at::Tensor tensor;
    std::uint32_t version = 0;
  };

  void recompute();
  Tensors take_inputs();
  std::size_t last_missing() const;

  Segment segment_;
  std::vector<torch::autograd::SavedVariable> inputs_;
  std::vector<bool> requires_grad_;
  ForwardState state_;
  std::vector<Slot> slots_;
  bool complete_ = false;
  bool inputs_freed_ = false;
  std::size_t next_ = 0;        // the slot that the second computation fills next
  std::size_t end_ = 0;         // where it may stop
  std::recursive_mutex mutex_;  // backward threads of several devices; freeing a graph may come back here
};

}  // namespace clipmill
