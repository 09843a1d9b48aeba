#include "train/clip_batch.h"

#include <algorithm>

namespace clipmill {
namespace {

constexpr int kStepsTried = 3;  // then the sampler holds all the earlier velocities that it ever does

}  // namespace

ClipBatch::ClipBatch(const FlowModel& model, const Vae& vae, const VaeConfig& vae_config,
                     std::vector<TokenIds> prompts, TokenIds empty, GenerateSettings settings,
                     const Clock& clock, std::function<void()> check)
    : model_(model),
      vae_(vae),
      vae_config_(vae_config),
      prompts_(std::move(prompts)),
      empty_(std::move(empty)),
      settings_(settings),
      steps_left_out_(std::max(0, settings.steps - kStepsTried)),
      clock_(clock),
      check_(std::move(check)) {
  settings_.steps -= steps_left_out_;
}

BatchProbe ClipBatch::probe(Device& device, std::int64_t size) {
  BatchProbe probe = probe_batch(
      device, [&](std::int64_t n) { run(device, n); }, size);
  if (probe.fits && steps_left_out_ > 0) {
    const double step =
        (step_times_.back() - step_times_.front()) / static_cast<double>(step_times_.size() - 1);
    probe.seconds += steps_left_out_ * step;
  }
  return probe;
}

void ClipBatch::run(Device& device, std::int64_t size) {
  std::vector<const TokenIds*> prompts;
  for (std::int64_t i = 0; i < size; ++i)
    prompts.push_back(&prompts_[static_cast<std::size_t>(i) % prompts_.size()]);
  step_times_.clear();
  generate(model_, vae_, vae_config_, prompts, empty_, settings_, [&] {
    check_();
    device.synchronize();
    step_times_.push_back(clock_.now());
  });
}

}  // namespace clipmill
