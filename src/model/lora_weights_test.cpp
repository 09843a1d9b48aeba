#include "model/lora_weights.h"

#include <gtest/gtest.h>

#include "model/golden.h"
#include "model/transformer.h"

namespace clipmill {
namespace {

using Choice = std::pair<std::string, double>;  // file below tests/golden/lora, scale

std::vector<ScaledLora> loras(const ModelFolder& model, const std::vector<Choice>& choices) {
  std::vector<ScaledLora> result;
  for (const auto& [name, scale] : choices)
    result.push_back(
        {read_lora(golden_folder() / "lora" / (name + ".safetensors"), model).transformer, scale});
  return result;
}

class LoraParity : public testing::Test {
 protected:
  at::Tensor sample(const std::vector<Choice>& choices, LoraMode mode,
                    at::ScalarType type = at::kFloat) const {
    const auto store =
        with_loras(folder_.transformer(), at::kCPU, transformer_dtypes(type), loras(folder_, choices), mode);
    const Transformer transformer(folder_.transformer_config(), Weights(store), type);
    return transformer(input_["hidden_states"], input_["timestep"],
                       transformer.text_context(input_["encoder_hidden_states"]),
                       transformer.rope(input_["hidden_states"]));
  }

  const c10::NoGradGuard no_grad_;
  const ModelFolder folder_ = ModelFolder::open(golden_folder() / "models/wan21");
  const Golden input_{"modules/wan21/transformer_0.safetensors"};
  const Golden expected_{"lora/samples.safetensors"};
};

TEST_F(LoraParity, FusedAndUnfusedAsDiffusers) {
  const std::map<std::string, std::vector<Choice>> cases = {
      {"diffusers", {{"diffusers", 1}}},
      {"original", {{"original", 1}}},
      {"kohya", {{"kohya", 1}}},
      {"patterns", {{"patterns", 1}}},
      {"outside", {{"outside", 1}}},
      {"head_difference", {{"head_difference", 1}}},
      {"several", {{"kohya", 0.7}, {"outside", -0.4}, {"patterns", 1.5}}},
  };
  for (const auto& [name, choices] : cases) {
    for (const auto& [mode, suffix] :
         {std::pair{LoraMode::kFused, ".fused"}, std::pair{LoraMode::kUnfused, ".unfused"}}) {
      const at::Tensor actual = sample(choices, mode);
      EXPECT_LE(relative_l2(actual, expected_[name + suffix]), kModuleTolerance) << name << suffix;
      EXPECT_GT(relative_l2(actual, input_["sample"]), 0.1) << name << " changes nothing";
    }
  }
}

TEST_F(LoraParity, TheThreeStylesSayTheSame) {
  for (const LoraMode mode : {LoraMode::kFused, LoraMode::kUnfused}) {
    const at::Tensor peft = sample({{"diffusers", 1}}, mode);
    EXPECT_TRUE(at::equal(sample({{"original", 1}}, mode), peft));
    EXPECT_TRUE(at::equal(sample({{"kohya", 1}}, mode), peft));
  }
}

TEST_F(LoraParity, ScaleZeroAndOppositesAreTheBareModel) {
  EXPECT_TRUE(at::equal(sample({{"kohya", 0}}, LoraMode::kFused), sample({}, LoraMode::kFused)));
  EXPECT_LE(relative_l2(sample({{"kohya", 1}, {"original", -1}}, LoraMode::kFused), input_["sample"]),
            kModuleTolerance);
}

TEST_F(LoraParity, FusesInFp32AndRoundsOnce) {
  const auto choices = std::vector<Choice>{{"kohya", 0.7}, {"patterns", 1.5}};
  const auto store = [&](at::ScalarType type) {
    return with_loras(folder_.transformer(), at::kCPU, transformer_dtypes(type), loras(folder_, choices));
  };
  for (const std::string name :
       {"blocks.0.attn1.to_q.weight", "blocks.2.attn2.to_k.bias", "proj_out.weight"}) {
    EXPECT_TRUE(
        at::equal(store(at::kBFloat16)->tensor(name), store(at::kFloat)->tensor(name).to(at::kBFloat16)))
        << name;
  }
  EXPECT_EQ(store(at::kBFloat16)->tensor("blocks.0.norm2.weight").scalar_type(), at::kFloat);
}

TEST_F(LoraParity, HalfPrecisionStaysClose) {
  for (const LoraMode mode : {LoraMode::kFused, LoraMode::kUnfused}) {
    const at::Tensor half = sample({{"kohya", 1}}, mode, at::kHalf);
    EXPECT_EQ(half.scalar_type(), at::kHalf);
    EXPECT_LE(relative_l2(half, expected_["kohya.fused"]), 1e-2);
  }
}

TEST_F(LoraParity, UnfusedLeavesWeightsAlone) {
  const auto store = with_loras(folder_.transformer(), at::kCPU, transformer_dtypes(at::kFloat),
                                loras(folder_, {{"kohya", 0.5}, {"patterns", 2}}), LoraMode::kUnfused);
  const CheckpointWeights bare(folder_.transformer(), at::kCPU, transformer_dtypes(at::kFloat));
  EXPECT_TRUE(
      at::equal(store->tensor("blocks.0.attn1.to_q.weight"), bare.tensor("blocks.0.attn1.to_q.weight")));
  const auto parts = store->low_rank("blocks.0.attn1.to_q");
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_DOUBLE_EQ(parts[0].scale, 0.5 * 3 / 2);
  EXPECT_TRUE(store->low_rank("proj_out").empty());
}

/// A checkpoint whose every tensor is known by name.
class Constant : public WeightStore {
 public:
  explicit Constant(at::Tensor value) : value_(std::move(value)) {}
  at::Tensor tensor(const std::string&) const override { return value_; }
  bool has(const std::string&) const override { return true; }

 private:
  at::Tensor value_;
};

TEST(LoraWeights, TablesAndConvolutionsChangeAsTheirShapeIs) {
  const DtypeRule fp32 = [](std::string_view) { return at::kFloat; };
  const at::Tensor kernel = at::randn({4, 2, 1, 2, 2}), a = at::randn({3, 8}), b = at::randn({4, 3});
  const LoraWeights convolution(std::make_shared<Constant>(kernel), at::kCPU, fp32,
                                {{{{"patch_embedding", {.a = a, .b = b, .scale = 0.5}}}, 2}});
  EXPECT_TRUE(
      at::allclose(convolution.tensor("patch_embedding.weight"), kernel + b.matmul(a).view(kernel.sizes())));

  const at::Tensor table = at::randn({1, 6, 8}), delta = at::randn({1, 6, 8});
  const LoraWeights tables(std::make_shared<Constant>(table), at::kCPU, fp32,
                           {{{{"blocks.0.scale_shift_table", {.weight_delta = delta}}}, 0.5}});
  EXPECT_TRUE(at::allclose(tables.tensor("blocks.0.scale_shift_table"), table + 0.5 * delta));
  EXPECT_TRUE(at::equal(tables.tensor("scale_shift_table"), table));
}

}  // namespace
}  // namespace clipmill
