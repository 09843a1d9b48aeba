// The transformer and the text encoder under every memory plan: the same numbers.
#include <gtest/gtest.h>

#include "checkpoint/model_folder.h"
#include "model/golden.h"
#include "model/lora_weights.h"
#include "model/text_encoder.h"
#include "model/transformer.h"
#include "vram/device.h"

namespace clipmill {
namespace {

class Plans : public testing::Test {
 protected:
  TextContext text(const Transformer& transformer, bool other = false) const {
    const at::Tensor embeds = golden_["encoder_hidden_states"];
    return transformer.text_context(other ? embeds.flip(1).contiguous() : embeds);
  }
  std::vector<at::Tensor> velocities(const Transformer& transformer, int chunks = 1) const {
    const TextContext prompt = text(transformer), negative = text(transformer, true);
    return transformer.velocities(golden_["hidden_states"], golden_["timestep"], {&prompt, &negative},
                                  transformer.rope(golden_["hidden_states"]), chunks);
  }
  Transformer transformer(at::ScalarType type, BlockStorage storage) const {
    return Transformer(folder_.transformer_config(), folder_.transformer(), type, at::kCPU, storage);
  }

  const c10::NoGradGuard no_grad_;
  const ModelFolder folder_ = ModelFolder::open(golden_folder() / "models/wan21");
  const Golden golden_{"modules/wan21/transformer_0.safetensors"};
};

TEST_F(Plans, StreamedIsResidentBitForBit) {
  for (const auto type : {at::kFloat, at::kBFloat16, at::kHalf}) {
    const auto resident = velocities(transformer(type, BlockStorage::kResident));
    const auto streamed = velocities(transformer(type, BlockStorage::kStreamed));
    ASSERT_EQ(streamed.size(), 2u);
    EXPECT_TRUE(at::equal(streamed[0], resident[0]));
    EXPECT_TRUE(at::equal(streamed[1], resident[1]));
    EXPECT_FALSE(at::equal(streamed[0], streamed[1]));
  }
}

TEST_F(Plans, StreamedWithALora) {
  const auto of = [&](BlockStorage storage, LoraMode mode) {
    std::vector<ScaledLora> loras;
    loras.push_back({read_lora(golden_folder() / "lora/diffusers.safetensors", folder_).transformer, 1});
    const auto store =
        with_loras(folder_.transformer(), at::kCPU, transformer_dtypes(at::kFloat), loras, mode);
    return velocities(Transformer(folder_.transformer_config(), Weights(store), at::kFloat, storage))[0];
  };
  for (const LoraMode mode : {LoraMode::kFused, LoraMode::kUnfused}) {
    const at::Tensor streamed = of(BlockStorage::kStreamed, mode);
    EXPECT_TRUE(at::equal(streamed, of(BlockStorage::kResident, mode)));
    EXPECT_GT(relative_l2(streamed, golden_["sample"]), 0.1) << "the LoRA changes nothing";
  }
}

TEST_F(Plans, SeveralTextsAreEachOnItsOwn) {
  const Transformer model = transformer(at::kFloat, BlockStorage::kResident);
  const auto both = velocities(model);
  const Rope rope = model.rope(golden_["hidden_states"]);
  for (const bool other : {false, true}) {
    const at::Tensor alone = model(golden_["hidden_states"], golden_["timestep"], text(model, other), rope);
    EXPECT_TRUE(at::equal(both[other ? 1 : 0], alone));
  }
}

TEST_F(Plans, PromptsAsOneBatchAreEachOnItsOwnToRounding) {
  for (const BlockStorage storage : {BlockStorage::kResident, BlockStorage::kStreamed}) {
    const Transformer model = transformer(at::kFloat, storage);
    const at::Tensor embeds = golden_["encoder_hidden_states"].clone();
    const at::Tensor shorter = embeds.clone();
    shorter.narrow(1, 2, embeds.size(1) - 2).zero_();  // another length of padding, merged as its own
    embeds.narrow(1, 5, embeds.size(1) - 5).zero_();
    const TextContext one = model.text_context(embeds), other = model.text_context(shorter),
                      together = model.text_context(at::cat({embeds, shorter}));
    const at::Tensor latents = golden_["hidden_states"], t = golden_["timestep"];
    const Rope rope = model.rope(latents);
    const auto apart = model.velocities(latents, t, {&one, &other}, rope);
    const auto batch = model.velocities(latents, t, {&together}, rope);
    ASSERT_EQ(batch.size(), 1u);
    EXPECT_LE(relative_l2(batch[0], at::cat(apart)), 1e-6);
  }
}

TEST_F(Plans, ChunksAreTheWholeToRounding) {
  for (const auto& [type, tolerance] : {std::pair{at::kFloat, 1e-6}, std::pair{at::kBFloat16, 5e-3}}) {
    const Transformer model = transformer(type, BlockStorage::kResident);
    const auto whole = velocities(model);
    for (const int chunks : {2, 3, 7, 1000}) {
      const auto parts = velocities(model, chunks);
      EXPECT_LE(relative_l2(parts[0], whole[0]), tolerance) << chunks;
      EXPECT_LE(relative_l2(parts[1], whole[1]), tolerance) << chunks;
    }
  }
}

TEST_F(Plans, WeightsInEightBitsAreNearAndTheSameStreamed) {
  const auto whole =
      std::make_shared<CheckpointWeights>(folder_.transformer(), at::kCPU, transformer_dtypes(at::kFloat));
  const auto in_8_bits = [&](BlockStorage storage) {
    const auto store = std::make_shared<Int8Store>(whole, "blocks.");
    return velocities(Transformer(folder_.transformer_config(), Weights(store), at::kFloat, storage))[0];
  };
  const at::Tensor exact = velocities(transformer(at::kFloat, BlockStorage::kResident))[0];
  const at::Tensor near = in_8_bits(BlockStorage::kResident);
  EXPECT_GT(relative_l2(near, exact), 1e-4) << "nothing is in 8 bits";
  EXPECT_LT(relative_l2(near, exact), 2e-2);
  EXPECT_TRUE(at::equal(in_8_bits(BlockStorage::kStreamed), near));
}

TEST_F(Plans, InferenceIsTrainingsFormToRounding) {
  const Transformer model = transformer(at::kFloat, BlockStorage::kResident);
  const TextContext prompt = text(model);
  const Rope rope = model.rope(golden_["hidden_states"]);
  const at::Tensor trained = model(golden_["hidden_states"], golden_["timestep"], prompt, rope, run_in_order);
  EXPECT_LE(relative_l2(velocities(model)[0], trained), 1e-6);
}

TEST_F(Plans, AnInputIsLeftAsItWas) {
  const at::Tensor latents = golden_["hidden_states"].clone(), before = latents.clone();
  const Transformer model = transformer(at::kFloat, BlockStorage::kStreamed);
  const TextContext prompt = text(model);
  model(latents, golden_["timestep"], prompt, model.rope(latents));
  EXPECT_TRUE(at::equal(latents, before));
}

TEST_F(Plans, OnlyResidentBlocksTrain) {
  const Transformer model = transformer(at::kFloat, BlockStorage::kStreamed);
  const TextContext prompt = text(model);
  const Rope rope = model.rope(golden_["hidden_states"]);
  EXPECT_THROW(model(golden_["hidden_states"], golden_["timestep"], prompt, rope, run_in_order),
               std::logic_error);
}

/// A checkpoint of which one tensor is missing or too large for the device.
class BrokenStore : public WeightStore {
 public:
  BrokenStore(std::shared_ptr<const WeightStore> whole, std::string name, std::function<void()> fail)
      : whole_(std::move(whole)), name_(std::move(name)), fail_(std::move(fail)) {}
  at::Tensor tensor(const std::string& name) const override {
    if (name == name_) fail_();
    return whole_->tensor(name);
  }
  bool has(const std::string& name) const override { return whole_->has(name); }

 private:
  std::shared_ptr<const WeightStore> whole_;
  std::string name_;
  std::function<void()> fail_;
};

TEST_F(Plans, WhatGoesWrongInThePrefetchThrowsInThePass) {
  const auto device = open_device("cpu");
  const auto whole =
      std::make_shared<CheckpointWeights>(folder_.transformer(), at::kCPU, transformer_dtypes(at::kFloat));
  const auto failing = [&](const std::function<void()>& fail) {
    const auto store = std::make_shared<BrokenStore>(whole, "blocks.2.ffn.net.2.weight", fail);
    velocities(
        Transformer(folder_.transformer_config(), Weights(store), at::kFloat, BlockStorage::kStreamed));
  };
  const std::int64_t before = device->memory().current;
  EXPECT_THROW(failing([] { throw input_error("it is missing"); }), Error);
  EXPECT_THROW(failing([&] {
                 device->set_budget(1);
                 at::empty({1 << 20});
               }),
               c10::OutOfMemoryError);
  device->set_budget(0);
  EXPECT_EQ(device->memory().current, before);
}

TEST_F(Plans, TheTextEncoderStreamed) {
  const auto encode = [&](BlockStorage storage) {
    const TextEncoder encoder(folder_.text_encoder_config(), folder_.text_encoder(), at::kFloat, at::kCPU,
                              storage);
    return encoder.encode({3, 9, 7, 1}, 12);
  };
  EXPECT_TRUE(at::equal(encode(BlockStorage::kStreamed), encode(BlockStorage::kResident)));
}

}  // namespace
}  // namespace clipmill
