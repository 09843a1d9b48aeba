#include "vram/saved_tensor_hooks.h"

#include <torch/csrc/autograd/engine.h>

namespace clipmill {
namespace {

// Autograd's engine asks without an argument, so that the scope in force can only be a variable of the
// thread.
thread_local SavedTensorPacker* t_packer = nullptr;

class HookedEngine final : public torch::autograd::Engine {
 public:
  ~HookedEngine() override { stop(); }

  std::unique_ptr<torch::autograd::SavedVariableHooks> get_default_saved_variable_hooks() override {
    return t_packer ? t_packer->hooks() : nullptr;
  }
};

torch::autograd::Engine& hooked_engine() {
  static HookedEngine engine;
  return engine;
}

// Before the first backward pass of the process: torch starts the threads of its GPUs once, for the engine
// that is there then, and another one that came later would have none.
[[maybe_unused]] const bool kInstalled = (torch::autograd::set_default_engine_stub(&hooked_engine), true);

}  // namespace

SavedTensorScope::SavedTensorScope(SavedTensorPacker& packer) : outer_(t_packer) { t_packer = &packer; }

SavedTensorScope::~SavedTensorScope() { t_packer = outer_; }

}  // namespace clipmill
