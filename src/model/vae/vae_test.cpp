#include "model/vae/vae.h"

#include <gtest/gtest.h>

#include "checkpoint/model_folder.h"
#include "model/golden.h"

namespace clipmill {
namespace {

class VaeParity : public testing::TestWithParam<std::string> {
 protected:
  const c10::NoGradGuard no_grad_;
  const ModelFolder folder_ = ModelFolder::open(golden_folder() / "models" / GetParam());
  const Vae vae_{folder_.vae_config(), folder_.vae(), at::kCPU};
  const VaeConfig& config_ = folder_.vae_config();

  Golden golden(const std::string& file) const {
    return Golden(std::filesystem::path("modules") / GetParam() / file);
  }

  /// What the sampler would have given: the golden latents are those that the decoder itself gets.
  at::Tensor normalised(const at::Tensor& z) const {
    return (z - per_channel(config_.latents_mean)) / per_channel(config_.latents_std);
  }
  at::Tensor per_channel(const std::vector<double>& values) const {
    return at::tensor(values, at::kDouble).to(at::kFloat).view({1, -1, 1, 1, 1});
  }
  at::Tensor decode_streamed(const at::Tensor& latents) const {
    std::vector<at::Tensor> frames;
    vae_.decode(latents, [&](const at::Tensor& chunk) { frames.push_back(chunk); });
    return at::cat(frames, 2);
  }
};

TEST_P(VaeParity, DecodesFrameByFrame) {
  for (const char* file : {"vae_decode_1.safetensors", "vae_decode_3.safetensors"}) {
    const Golden g = golden(file);
    EXPECT_LE(relative_l2(decode_streamed(normalised(g["latents"])), g["frames"]), kModuleTolerance) << file;
  }
}

TEST_P(VaeParity, WholeClipDecodesTheSame) {
  for (const char* file : {"vae_decode_1.safetensors", "vae_decode_3.safetensors"}) {
    const Golden g = golden(file);
    EXPECT_LE(relative_l2(vae_.decode_whole(normalised(g["latents"])), g["frames"]), kModuleTolerance)
        << file;
  }
}

TEST_P(VaeParity, EncodesChunkByChunkAndWhole) {
  const Golden g = golden("vae_encode.safetensors");
  const at::Tensor expected = normalised(g["mean"]);
  EXPECT_LE(relative_l2(vae_.encode(g["frames"]), expected), kModuleTolerance);
  EXPECT_LE(relative_l2(vae_.encode_whole(g["frames"]), expected), kModuleTolerance);
}

TEST_P(VaeParity, StreamingForgetsTheClipBefore) {
  const Golden g = golden("vae_decode_3.safetensors");
  const at::Tensor latents = normalised(g["latents"]);
  const at::Tensor once = decode_streamed(latents);
  EXPECT_TRUE(at::equal(decode_streamed(latents), once));
}

TEST_P(VaeParity, IsCausal) {
  const at::Tensor latents = normalised(golden("vae_decode_3.safetensors")["latents"]);
  const at::Tensor changed = at::cat({latents.narrow(2, 0, 2), latents.narrow(2, 2, 1) + 1}, 2);
  const at::Tensor before = decode_streamed(latents), after = decode_streamed(changed);
  const std::int64_t kept = 1 + config_.scale_factor_temporal;
  EXPECT_TRUE(at::equal(before.narrow(2, 0, kept), after.narrow(2, 0, kept)));
  EXPECT_FALSE(at::equal(before, after));
}

INSTANTIATE_TEST_SUITE_P(Models, VaeParity, testing::Values("wan21", "two_transformers", "residual"));

}  // namespace
}  // namespace clipmill
