#include "model/vae/striped_decoder.h"

#include <gtest/gtest.h>

#include "checkpoint/model_folder.h"
#include "model/golden.h"
#include "model/vae/vae.h"
#include "vram/testing/test_devices.h"

namespace clipmill {
namespace {

at::Tensor decoded(const Vae& vae, const at::Tensor& latents, int strips) {
  std::vector<at::Tensor> chunks;
  vae.decode(latents, [&](const at::Tensor& chunk) { chunks.push_back(chunk.cpu()); }, {.strips = strips});
  return at::cat(chunks, 2);
}

/// On what device, and which model.
class Striped : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  at::Tensor latents(std::int64_t frames, std::int64_t rows, std::int64_t columns) const {
    at::manual_seed(7);
    return at::randn({1, folder_.vae_config().z_dim, frames, rows, columns}).to(device_->torch_device());
  }

  /// Bytes that decoding takes at its peak beyond weights and latents.
  std::int64_t peak(std::int64_t frames, int strips) const {
    const at::Tensor z = latents(frames, 16, 4);
    const std::int64_t before = device_->memory().current;
    device_->reset_peak();
    vae_.decode(z, [](const at::Tensor&) {}, {.strips = strips});
    return device_->memory().peak - before;
  }

  const c10::NoGradGuard no_grad_;
  const std::unique_ptr<Device> device_ = test::open_test_device(std::get<0>(GetParam()));
  const ModelFolder folder_ = ModelFolder::open(golden_folder() / "models" / std::get<1>(GetParam()));
  const Vae vae_{folder_.vae_config(), folder_.vae(), device_->torch_device(), Vae::Parts::kDecoder};
};

TEST_P(Striped, GiveTheWholeFramesPixels) {
  for (const auto& [rows, columns] : {std::pair{4, 3}, {7, 2}}) {
    const at::Tensor z = latents(3, rows, columns), whole = decoded(vae_, z, 1);
    for (const int strips : {2, 3, 1000})
      EXPECT_LE((decoded(vae_, z, strips) - whole).abs().max().item<double>(), 2e-5) << rows << " " << strips;
  }
}

TEST_P(Striped, PeakDoesNotGrowWithTheClip) {
  for (const int strips : {1, 4}) {
    const std::int64_t two = peak(3, strips);
    for (const int frames : {5, 9}) EXPECT_NEAR(peak(frames, strips), two, 0.02 * two) << strips;
  }
}

TEST_P(Striped, PeakFallsWithTheStrips) {
  const std::int64_t whole = peak(3, 1);
  std::int64_t last = whole;
  for (const int strips : {2, 4}) {
    const std::int64_t now = peak(3, strips);
    EXPECT_LT(now, last) << strips;
    last = now;
  }
  EXPECT_LT(last, whole / 2);  // at this size halos are as high as the strips
}

INSTANTIATE_TEST_SUITE_P(DevicesAndModels, Striped,
                         testing::Combine(testing::ValuesIn(test::test_devices()),
                                          testing::Values("wan21", "residual")),
                         [](const auto& info) {
                           return test::in_test_name(std::get<0>(info.param)) + "_" + std::get<1>(info.param);
                         });

}  // namespace
}  // namespace clipmill
