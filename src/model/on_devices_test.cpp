// The modules on every device, against what the reference computes.
#include <gtest/gtest.h>

#include "checkpoint/model_folder.h"
#include "model/golden.h"
#include "model/sampler.h"
#include "model/text_encoder.h"
#include "model/transformer.h"
#include "model/vae/vae.h"
#include "vram/testing/test_devices.h"

namespace clipmill {
namespace {

class ModelOnDevice : public testing::TestWithParam<std::string> {
 protected:
  at::Device device() const { return device_->torch_device(); }
  at::Tensor on(const at::Tensor& t) const { return t.to(device()); }
  static Golden golden(const std::string& file) { return Golden("modules/wan21/" + file); }

  at::Tensor transformed(at::ScalarType type) const {
    const Golden g = golden("transformer_0.safetensors");
    const Transformer transformer(folder_.transformer_config(), folder_.transformer(), type, device());
    const at::Tensor latents = on(g["hidden_states"]);
    return transformer(latents, on(g["timestep"]), transformer.text_context(on(g["encoder_hidden_states"])),
                       transformer.rope(latents));
  }

  const c10::NoGradGuard no_grad_;
  const ModelFolder folder_ = ModelFolder::open(golden_folder() / "models/wan21");
  const std::unique_ptr<Device> device_ = test::open_test_device(GetParam());
};

TEST_P(ModelOnDevice, TextEncoder) {
  const TextEncoder encoder(folder_.text_encoder_config(), folder_.text_encoder(), at::kFloat, device());
  const Golden g = golden("text_encoder_7of24.safetensors");
  const at::Tensor ids = g["input_ids"].flatten().narrow(0, 0, 7).contiguous();
  const auto* data = ids.const_data_ptr<std::int64_t>();
  const at::Tensor states = encoder.encode(std::vector<std::int64_t>(data, data + 7), 24);
  EXPECT_EQ(states.device(), device());
  EXPECT_LE(relative_l2(states.cpu().narrow(1, 0, 7), g["last_hidden_state"].narrow(1, 0, 7)),
            kModuleTolerance);
}

/// As training gives them: padded rows with a mask, both from the CPU.
TEST_P(ModelOnDevice, TextEncoderOfABatch) {
  const TextEncoder encoder(folder_.text_encoder_config(), folder_.text_encoder(), at::kFloat, device());
  const at::Tensor ids = at::tensor({5, 7, 1, 9, 1, 0}, at::kLong).view({2, 3});
  const at::Tensor mask = at::tensor({1, 1, 1, 1, 1, 0}, at::kByte).to(at::kBool).view({2, 3});
  const at::Tensor states = encoder(ids, mask).cpu();
  EXPECT_LE(relative_l2(states.narrow(0, 0, 1), encoder.encode({5, 7, 1}, 3).cpu()), kModuleTolerance);
  EXPECT_LE(relative_l2(states.narrow(0, 1, 1).narrow(1, 0, 2), encoder.encode({9, 1}, 2).cpu()),
            kModuleTolerance);
}

TEST_P(ModelOnDevice, TransformerInEveryPrecision) {
  const Golden g = golden("transformer_0.safetensors");
  const at::Tensor expected = g["sample"];
  EXPECT_LE(relative_l2(transformed(at::kFloat).cpu(), expected), kModuleTolerance);
  for (const auto& [type, tolerance] : {std::pair{at::kBFloat16, 3e-2}, std::pair{at::kHalf, 4e-3}}) {
    const at::Tensor sample = transformed(type);
    EXPECT_EQ(sample.scalar_type(), type);
    EXPECT_LE(relative_l2(sample.cpu(), expected), tolerance);
  }
}

/// Blocks copied to the device as the pass comes to them, both texts together, chunks of the tokens.
TEST_P(ModelOnDevice, TransformerUnderEveryPlan) {
  const Golden g = golden("transformer_0.safetensors");
  const at::Tensor latents = on(g["hidden_states"]), embeds = on(g["encoder_hidden_states"]);
  const auto velocities = [&](BlockStorage storage, int chunks) {
    const Transformer transformer(folder_.transformer_config(), folder_.transformer(), at::kFloat, device(),
                                  storage);
    const TextContext prompt = transformer.text_context(embeds),
                      negative = transformer.text_context(embeds.flip(1).contiguous());
    return transformer.velocities(latents, on(g["timestep"]), {&prompt, &negative}, transformer.rope(latents),
                                  chunks);
  };
  const auto resident = velocities(BlockStorage::kResident, 1);
  const auto streamed = velocities(BlockStorage::kStreamed, 1);
  const auto in_chunks = velocities(BlockStorage::kStreamed, 3);
  EXPECT_LE(relative_l2(resident[0].cpu(), g["sample"]), kModuleTolerance);
  for (const std::size_t i : {0, 1}) {
    EXPECT_TRUE(at::equal(streamed[i].cpu(), resident[i].cpu()));
    EXPECT_LE(relative_l2(in_chunks[i].cpu(), resident[i].cpu()), kModuleTolerance);
  }
}

TEST_P(ModelOnDevice, TextEncoderStreamed) {
  const auto encode = [&](BlockStorage storage) {
    return TextEncoder(folder_.text_encoder_config(), folder_.text_encoder(), at::kFloat, device(), storage)
        .encode({5, 7, 1}, 8)
        .cpu();
  };
  EXPECT_TRUE(at::equal(encode(BlockStorage::kStreamed), encode(BlockStorage::kResident)));
}

TEST_P(ModelOnDevice, VaeFrameByFrameAndWhole) {
  const auto folder = ModelFolder::open(golden_folder() / "models/residual");
  const Vae vae(folder.vae_config(), folder.vae(), device());
  const Vae reference(folder.vae_config(), folder.vae(), at::kCPU);
  const Golden g("modules/residual/vae_encode.safetensors");
  const at::Tensor latents = reference.encode(g["frames"]);
  EXPECT_LE(relative_l2(vae.encode(on(g["frames"])).cpu(), latents), kModuleTolerance);
  EXPECT_LE(relative_l2(vae.encode_whole(on(g["frames"])).cpu(), latents), kModuleTolerance);

  const at::Tensor pixels = reference.decode_whole(latents);
  std::vector<at::Tensor> frames;
  vae.decode(on(latents), [&](const at::Tensor& chunk) { frames.push_back(chunk.cpu()); });
  EXPECT_LE(relative_l2(at::cat(frames, 2), pixels), kModuleTolerance);
  EXPECT_LE(relative_l2(vae.decode_whole(on(latents)).cpu(), pixels), kModuleTolerance);
}

TEST_P(ModelOnDevice, SamplerSteps) {
  for (const char* name : {"unipc", "euler"}) {
    const auto on_cpu = make_sampler(SchedulerConfig(), name, 5, 3.0);
    const auto here = make_sampler(SchedulerConfig(), name, 5, 3.0);
    at::Tensor expected = at::randn({1, 2, 1, 3, 4}), sample = on(expected);
    for (int i = 0; i < 5; ++i) {
      expected = on_cpu->step(at::sin(3 * expected), expected);
      sample = here->step(at::sin(3 * sample), sample);
      EXPECT_EQ(sample.device(), device());
      EXPECT_LE(relative_l2(sample.cpu(), expected), kModuleTolerance) << name << " " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, ModelOnDevice, testing::ValuesIn(test::test_devices()),
                         [](const auto& info) { return test::in_test_name(info.param); });

}  // namespace
}  // namespace clipmill
