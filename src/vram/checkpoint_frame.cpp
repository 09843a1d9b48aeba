#include "vram/checkpoint_frame.h"

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/graph_task.h>

#include <exception>

namespace clipmill {
namespace {

using torch::autograd::SavedVariableHooks;

/// Ends a second computation early. No std::exception, so that a segment's error handling does not take it
/// for one.
struct Enough {
  const CheckpointFrame* frame;
};

/// Stands in the graph for a tensor left out.
class LeftOut final : public SavedVariableHooks {
 public:
  explicit LeftOut(std::shared_ptr<CheckpointFrame> frame) : frame_(std::move(frame)) {}
  ~LeftOut() override {
    if (packed_) frame_->forget(index_);
  }
  void call_pack_hook(const at::Tensor& tensor) override {
    index_ = frame_->leave_out(tensor);
    packed_ = true;
  }
  at::Tensor call_unpack_hook() override { return frame_->take(index_); }

 private:
  std::shared_ptr<CheckpointFrame> frame_;
  std::size_t index_ = 0;
  bool packed_ = false;
};

/// In the second computation: hands the tensor to the frame. Its own graph is never run.
class HandOver final : public SavedVariableHooks {
 public:
  explicit HandOver(CheckpointFrame& frame) : frame_(frame) {}
  void call_pack_hook(const at::Tensor& tensor) override { frame_.recomputed(tensor); }
  at::Tensor call_unpack_hook() override {
    TORCH_CHECK(false, "a checkpointed segment must not run a backward pass itself");
  }

 private:
  CheckpointFrame& frame_;
};

class HandOverPacker final : public SavedTensorPacker {
 public:
  explicit HandOverPacker(CheckpointFrame& frame) : frame_(frame) {}
  std::unique_ptr<SavedVariableHooks> hooks() override { return std::make_unique<HandOver>(frame_); }

 private:
  CheckpointFrame& frame_;
};

}  // namespace

CheckpointFrame::CheckpointFrame(Segment segment, const Tensors& inputs, bool rng)
    : segment_(std::move(segment)), state_(inputs, rng) {
  for (const at::Tensor& input : inputs) {
    inputs_.emplace_back(input, /*is_output=*/false);
    requires_grad_.push_back(input.defined() && input.requires_grad());
  }
}

Tensors CheckpointFrame::forward(const Tensors& inputs) {
  const SavedTensorScope scope(*this);
  Tensors outputs = segment_(inputs);
  complete_ = true;
  return outputs;
}

std::unique_ptr<SavedVariableHooks> CheckpointFrame::hooks() {
  return std::make_unique<LeftOut>(shared_from_this());
}

std::size_t CheckpointFrame::leave_out(const at::Tensor& tensor) {
  slots_.push_back({tensor.sizes().vec(), tensor.scalar_type()});
  return slots_.size() - 1;
}

void CheckpointFrame::forget(std::size_t index) {
  const std::lock_guard lock(mutex_);
  slots_[index].wanted = false;
  slots_[index].tensor.reset();
}

at::Tensor CheckpointFrame::take(std::size_t index) {
  const std::lock_guard lock(mutex_);
  TORCH_CHECK(complete_, "a checkpointed segment must not run a backward pass itself");
  if (!slots_[index].tensor.defined()) recompute();
  at::Tensor tensor = std::move(slots_[index].tensor);
  TORCH_CHECK(
      tensor._version() == slots_[index].version,
      "one of the tensors needed for gradient computation was changed in place inside of a checkpointed "
      "segment, after it had been saved");
  return tensor;
}

void CheckpointFrame::recompute() {
  const Tensors inputs = take_inputs();
  const ForwardState::Replay replay(state_);
  const c10::AutoGradMode with_gradients(true);
  HandOverPacker packer(*this);
  const SavedTensorScope scope(packer);
  next_ = 0;
  end_ = last_missing() + 1;
  try {
    segment_(inputs);
  } catch (const Enough& enough) {
    if (enough.frame != this) throw;
  }
  TORCH_CHECK(next_ >= end_, "a checkpointed segment saved ", slots_.size(),
              " tensors when it was computed first, and ", next_,
              " the second time: it must do the same each time");
}

Tensors CheckpointFrame::take_inputs() {
  TORCH_CHECK(!inputs_freed_,
              "a checkpointed segment was asked a second time for its saved tensors, which were freed; "
              "retain the graph to run through it twice");
  Tensors inputs;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    inputs.push_back(inputs_[i].unpack());
    if (inputs[i].defined()) inputs[i] = inputs[i].detach().set_requires_grad(requires_grad_[i]);
  }
  inputs_freed_ = !torch::autograd::get_current_graph_task_keep_graph();
  if (inputs_freed_) inputs_.clear();
  return inputs;
}

std::size_t CheckpointFrame::last_missing() const {
  std::size_t index = slots_.size() - 1;
  while (!slots_[index].wanted || slots_[index].tensor.defined())
    --index;  // there is one: take() asked for it
  return index;
}

void CheckpointFrame::recomputed(const at::Tensor& tensor) {
  TORCH_CHECK(next_ < slots_.size() && tensor.sizes() == slots_[next_].sizes &&
                  tensor.scalar_type() == slots_[next_].dtype,
              "a checkpointed segment saved a tensor of ", tensor.sizes(), " ", tensor.scalar_type(),
              " that it had not saved when it was computed first: it must do the same each time");
  Slot& slot = slots_[next_++];
  if (slot.wanted && !slot.tensor.defined()) {
    slot.tensor = tensor.detach();
    slot.version = slot.tensor._version();
  }
  if (next_ == end_) throw Enough{this};
}

}  // namespace clipmill
