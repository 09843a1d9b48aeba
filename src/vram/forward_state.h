// What a forward pass depends on besides its inputs: random numbers and autocast.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "vram/autocast.h"

namespace clipmill {

/// The state of this thread's autocast, and of torch's default generators, at one moment.
class ForwardState {
 public:
  /// Generators of the CPU, of the GPUs that `inputs` lie on and of the current GPU; none when `rng` is
  /// false.
  ForwardState(const std::vector<at::Tensor>& inputs, bool rng);

  /// The captured state in force, in whatever thread; put back when the scope ends.
  class Replay {
   public:
    explicit Replay(const ForwardState& state);
    ~Replay();
    Replay(const Replay&) = delete;
    Replay& operator=(const Replay&) = delete;

   private:
    AutocastGuard cpu_, cuda_, plugged_in_;
    std::vector<at::Generator> generators_;
    std::vector<at::Tensor> previous_;
  };

 private:
  struct Autocast {
    at::ScalarType dtype;
    bool enabled;
  };
  static Autocast autocast_of(at::DeviceType device);

  std::vector<at::Generator> generators_;
  std::vector<at::Tensor> states_;
  Autocast cpu_, cuda_;
  Autocast plugged_in_;  // of an accelerator that torch knows by a plug-in: PrivateUse1
  bool cache_;
};

}  // namespace clipmill
