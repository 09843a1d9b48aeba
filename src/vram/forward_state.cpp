#include "vram/forward_state.h"

#include <ATen/autocast_mode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <mutex>

namespace clipmill {
namespace {

std::vector<at::Device> devices_of(const std::vector<at::Tensor>& inputs) {
  std::vector<at::Device> devices = {at::kCPU};
  const auto add = [&devices](at::Device device) {
    if (std::find(devices.begin(), devices.end(), device) == devices.end()) devices.push_back(device);
  };
  if (at::hasCUDA()) add(c10::impl::VirtualGuardImpl(at::kCUDA).getDevice());
  for (const at::Tensor& input : inputs) {
    if (input.defined() && input.is_cuda()) add(input.device());
  }
  return devices;
}

at::Tensor state_of(at::Generator generator) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.get_state();
}

void set_state(at::Generator& generator, const at::Tensor& state) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_state(state);
}

}  // namespace

ForwardState::Autocast ForwardState::autocast_of(at::DeviceType device) {
  return {at::autocast::get_autocast_dtype(device), at::autocast::is_autocast_enabled(device)};
}

ForwardState::ForwardState(const std::vector<at::Tensor>& inputs, bool rng)
    : cpu_(autocast_of(at::kCPU)),
      cuda_(autocast_of(at::kCUDA)),
      plugged_in_(autocast_of(at::kPrivateUse1)),
      cache_(at::autocast::is_autocast_cache_enabled()) {
  if (!rng) return;
  for (const at::Device device : devices_of(inputs)) {
    generators_.push_back(at::globalContext().defaultGenerator(device));
    states_.push_back(state_of(generators_.back()));
  }
}

ForwardState::Replay::Replay(const ForwardState& state)
    : cpu_(at::kCPU, state.cpu_.dtype, state.cpu_.enabled, state.cache_),
      cuda_(at::kCUDA, state.cuda_.dtype, state.cuda_.enabled, state.cache_),
      plugged_in_(at::kPrivateUse1, state.plugged_in_.dtype, state.plugged_in_.enabled, state.cache_),
      generators_(state.generators_) {
  for (std::size_t i = 0; i < generators_.size(); ++i) {
    previous_.push_back(state_of(generators_[i]));
    set_state(generators_[i], state.states_[i]);
  }
}

ForwardState::Replay::~Replay() {
  for (std::size_t i = 0; i < previous_.size(); ++i) set_state(generators_[i], previous_[i]);
}

}  // namespace clipmill
