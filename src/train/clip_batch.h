// Clips generated together, to find out how many fit: real denoising steps and a real decode.
#pragma once

#include <functional>
#include <vector>

#include "base/clock.h"
#include "train/generate.h"
#include "vram/batch_driver.h"

namespace clipmill {

class ClipBatch {
 public:
  /// `prompts`: clips take them in turn. `check` is called between denoising steps and may throw. What is
  /// passed by reference must outlive it.
  ClipBatch(const FlowModel& model, const Vae& vae, const VaeConfig& vae_config,
            std::vector<TokenIds> prompts, TokenIds empty, GenerateSettings settings, const Clock& clock,
            std::function<void()> check);

  /// Bytes and seconds of `size` clips. Of many denoising steps, which are all alike, the first three are
  /// computed and the seconds of the others added.
  BatchProbe probe(Device& device, std::int64_t size);

 private:
  void run(Device& device, std::int64_t size);

  const FlowModel& model_;
  const Vae& vae_;
  const VaeConfig& vae_config_;
  std::vector<TokenIds> prompts_;
  TokenIds empty_;
  GenerateSettings settings_;
  int steps_left_out_;
  const Clock& clock_;
  std::function<void()> check_;
  std::vector<double> step_times_;  // when each step of the last run began
};

}  // namespace clipmill
