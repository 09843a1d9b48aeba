// What `cost` predicts of decoding under its plans, beside what the allocator counts.
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "checkpoint/model_folder.h"
#include "cost/decode_memory.h"
#include "model/random_weights.h"
#include "model/vae/vae.h"
#include "stages/pixels.h"
#include "vram/device.h"

namespace clipmill {
namespace {

constexpr double kDecodeUnder = 0.03, kDecodeOver = 0.05;

VaeConfig narrow() {  // the published decoder at a third of its width
  VaeConfig config{.base_dim = 32, .decoder_base_dim = 32};
  config.latents_mean.assign(static_cast<std::size_t>(config.z_dim), 0);
  config.latents_std.assign(static_cast<std::size_t>(config.z_dim), 1);
  return config;
}

VaeConfig shipped() { return ModelFolder::open(CLIPMILL_SOURCE_DIR "/models/shapes").vae_config(); }

struct DecodeCase {
  const char* name;
  VaeConfig (*config)();
  std::int64_t frames, rows, columns;
  int strips;

  friend void PrintTo(const DecodeCase& c, std::ostream* out) { *out << c.name; }
};

class DecodeMemory : public testing::TestWithParam<DecodeCase> {};

TEST_P(DecodeMemory, IsAsPredicted) {
  const c10::NoGradGuard no_grad;
  const DecodeCase& c = GetParam();
  const VaeConfig config = c.config();
  const auto device = open_device("cpu");
  const auto weights =
      std::make_shared<RandomWeights>(vae_layout(config), [](std::string_view) { return at::kFloat; });
  const Vae vae(config, Weights(weights), at::kCPU, Vae::Parts::kDecoder);
  const at::Tensor latents = at::randn({1, config.z_dim, c.frames, c.rows, c.columns});
  const std::int64_t before = device->memory().current;
  device->reset_peak();
  vae.decode(latents, [](const at::Tensor& frames) { to_bytes(frames); }, {c.strips});
  const double measured = static_cast<double>(device->memory().peak - before);
  const double predicted = 4 * decode_activations(config, c.frames, c.rows, c.columns, {c.strips}, true);
  EXPECT_GE(predicted / measured, 1 - kDecodeUnder) << predicted / 1e6 << " MB predicted, " << measured / 1e6;
  EXPECT_LE(predicted / measured, 1 + kDecodeOver) << predicted / 1e6 << " MB predicted, " << measured / 1e6;
}

std::vector<DecodeCase> decode_cases() {
  std::vector<DecodeCase> all;
  for (const int strips : {1, 2, 4}) {
    for (const std::int64_t frames : {2, 3}) all.push_back({"shipped", &shipped, frames, 16, 8, strips});
  }
  for (const int strips : {1, 2}) all.push_back({"narrow", &narrow, 3, 8, 4, strips});
  all.push_back({"large_shipped", &shipped, 3, 48, 48, 64});  // of 384×384, where the pixels are what remains
  return all;
}

INSTANTIATE_TEST_SUITE_P(Plans, DecodeMemory, testing::ValuesIn(decode_cases()), [](const auto& info) {
  const DecodeCase& c = info.param;
  return std::string(c.name) + "_" + std::to_string(c.frames) + "_strips_" + std::to_string(c.strips);
});

}  // namespace
}  // namespace clipmill
