#include "model/lora_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "checkpoint/lora_metadata.h"
#include "checkpoint/test_folder.h"
#include "model/golden.h"

namespace clipmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;

ModelFolder golden_model(const std::string& name) {
  return ModelFolder::open(golden_folder() / "models" / name);
}

LoraLayer random_layer(std::int64_t out, std::int64_t in, std::int64_t rank, double scale) {
  return {.a = at::randn({rank, in}), .b = at::randn({out, rank}), .scale = scale};
}

void expect_equal(const LoraLayers& actual, const LoraLayers& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (const auto& [name, layer] : expected) {
    const LoraLayer& found = actual.at(name);
    EXPECT_TRUE(at::equal(found.a, layer.a) && at::equal(found.b, layer.b)) << name;
    EXPECT_DOUBLE_EQ(found.scale, layer.scale) << name;
    if (!layer.bias_delta.defined()) continue;
    EXPECT_LE(relative_l2(found.bias_delta, layer.bias_delta), 1e-6) << name;
  }
}

TEST(LoraFile, ReadsBackWhatItWrote) {
  const TestFolder folder;
  const LoraLayers layers = {{"blocks.0.attn1.to_q", random_layer(60, 60, 4, 2)},
                             {"blocks.1.attn1.to_q", random_layer(60, 60, 2, 0.3)},
                             {"blocks.2.ffn.net.2", random_layer(60, 100, 4, 1)}};
  write_lora(folder / "lora.safetensors", layers);
  const LoraFile read = read_lora(folder / "lora.safetensors", golden_model("wan21"));
  expect_equal(read.transformer, layers);
  EXPECT_TRUE(read.transformer_2.empty());
}

TEST(LoraFile, WritesBothTransformersAndBiases) {
  const TestFolder folder;
  LoraLayers first = {{"blocks.0.attn1.to_q", random_layer(32, 32, 2, 1)}}, second = first;
  second["blocks.1.attn2.to_v"] = random_layer(32, 32, 3, 0.25);
  second["blocks.1.attn2.to_v"].bias_delta = at::randn({32});
  write_lora(folder / "lora.safetensors", first, second);
  const LoraFile read = read_lora(folder / "lora.safetensors", golden_model("two_transformers"));
  expect_equal(read.transformer, first);
  expect_equal(read.transformer_2, second);
}

TEST(LoraFile, NamesTensorsAndConfigurationAsPeftDoes) {
  const TestFolder folder;
  const std::filesystem::path path = folder / "lora.safetensors";
  write_lora(path,
             {{"blocks.0.attn1.to_q", random_layer(60, 60, 4, 2)}, {"proj_out", random_layer(32, 60, 2, 1)}});
  const SafetensorsFile file(path);
  EXPECT_TRUE(file.find("transformer.blocks.0.attn1.to_q.lora_A.weight"));
  EXPECT_TRUE(file.find("transformer.proj_out.lora_B.weight"));
  EXPECT_EQ(file.tensors().size(), 4U);
  EXPECT_EQ(file.metadata().at("format"), "pt");
  const auto config = nlohmann::json::parse(file.metadata().at(kLoraMetadataKey));
  EXPECT_EQ(config.at("transformer.r"), 4);
  EXPECT_EQ(config.at("transformer.lora_alpha"), 8);
  EXPECT_EQ(config.at("transformer.rank_pattern"), (nlohmann::json{{"^proj_out", 2}}));
  EXPECT_EQ(config.at("transformer.alpha_pattern"), (nlohmann::json{{"^proj_out", 2}}));
}

TEST(LoraFile, RefusesToWriteWhatTheFormatCannotHold) {
  const TestFolder folder;
  EXPECT_THROW(write_lora(folder / "x.safetensors", {{"proj_out", {.weight_delta = at::ones({2, 2})}}}),
               Error);
  EXPECT_FALSE(std::filesystem::exists(folder / "x.safetensors"));
}

TEST(LoraFile, StableRankAndOddAlphas) {
  const TestFolder folder;
  const std::string q = "transformer.blocks.0.attn1.to_q";
  const auto write = [&](double alpha) {
    save_tensors(folder / "lora.safetensors",
                 {{q + ".lora_A.weight", at::ones({4, 60})},
                  {q + ".lora_B.weight", at::ones({60, 4})},
                  {q + ".alpha", at::scalar_tensor(alpha)}},
                 {{kLoraMetadataKey, R"({"transformer.use_rslora": true, "transformer.lora_alpha": 7})"}});
  };
  write(3);
  const auto model = golden_model("wan21");
  EXPECT_DOUBLE_EQ(read_lora(folder / "lora.safetensors", model).transformer.at("blocks.0.attn1.to_q").scale,
                   1.5);
  write(std::nan(""));
  EXPECT_THAT(error_of([&] { read_lora(folder / "lora.safetensors", model); }),
              AllOf(HasSubstr("lora.safetensors"), HasSubstr(".alpha")));
}

}  // namespace
}  // namespace clipmill
