#include "checkpoint/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "checkpoint/test_folder.h"

namespace clipmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAreArray;

/// "name [1, 2]" a line, as Diffusers' own classes list their parameters.
std::vector<std::string> published(const char* name) {
  std::ifstream stream(fmt::format("{}/src/checkpoint/testdata/{}.txt", CLIPMILL_SOURCE_DIR, name));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> lines(const std::vector<TensorSpec>& layout) {
  std::vector<std::string> result;
  for (const TensorSpec& spec : layout) result.push_back(spec.name + " " + format_shape(spec.shape));
  return result;
}

VaeConfig wan22_vae() {
  VaeConfig config;
  config.base_dim = 160;
  config.decoder_base_dim = 256;
  config.z_dim = 48;
  config.is_residual = true;
  config.in_channels = config.out_channels = 12;
  config.patch_size = 2;
  config.scale_factor_spatial = 16;
  return config;
}

TEST(Layout, TransformersOfThePublishedModels) {
  const auto small = transformer_layout({.num_attention_heads = 12, .ffn_dim = 8960, .num_layers = 30});
  EXPECT_EQ(parameter_count(small), 1'418'996'800);
  EXPECT_EQ(small.size(), 825u);
  const auto large = transformer_layout({});
  EXPECT_EQ(parameter_count(large), 14'288'491'584);
  EXPECT_EQ(large.size(), 1095u);
  const auto middle = transformer_layout(
      {.num_attention_heads = 24, .in_channels = 48, .out_channels = 48, .ffn_dim = 14336, .num_layers = 30});
  EXPECT_EQ(parameter_count(middle), 4'999'787'712);
  EXPECT_EQ(middle.size(), 825u);
}

TEST(Layout, TransformerWithoutCrossAttentionNorm) {
  const auto with = transformer_layout({.num_layers = 2});
  const auto without = transformer_layout({.num_layers = 2, .cross_attn_norm = false});
  EXPECT_EQ(with.size(), without.size() + 4);
  EXPECT_EQ(parameter_count(with), parameter_count(without) + 4 * 5120);
}

TEST(Layout, VaesOfThePublishedModels) {
  EXPECT_EQ(parameter_count(vae_layout({})), 126'892'531);
  EXPECT_THAT(lines(vae_layout({})), UnorderedElementsAreArray(published("wan_vae_2_1")));
  EXPECT_EQ(parameter_count(vae_layout(wan22_vae())), 704'688'668);
  EXPECT_THAT(lines(vae_layout(wan22_vae())), UnorderedElementsAreArray(published("wan_vae_2_2")));
}

TEST(Layout, TextEncoderOfThePublishedModels) {
  const auto layout = text_encoder_layout(
      {.vocab_size = 256384, .d_model = 4096, .d_kv = 64, .d_ff = 10240, .num_layers = 24, .num_heads = 64});
  EXPECT_EQ(parameter_count(layout), 5'680'910'336);
  EXPECT_EQ(layout.size(), 242u);
}

class CheckLayout : public testing::Test {
 protected:
  std::string refusal(const std::vector<TensorSpec>& stored, DType dtype = DType::kBF16) const {
    write_zeros(folder_ / "model.safetensors", stored, dtype);
    return error_of(
        [&] { check_layout(TensorSource::open(folder_.path(), "model"), layout_, "text_encoder"); });
  }
  std::vector<TensorSpec> changed(std::size_t at, TensorSpec spec) const {
    auto stored = layout_;
    stored.at(at) = std::move(spec);
    return stored;
  }
  std::vector<TensorSpec> with(TensorSpec spec) const {
    auto stored = layout_;
    stored.push_back(std::move(spec));
    return stored;
  }

  TestFolder folder_;
  const std::vector<TensorSpec> layout_ = {
      {"shared.weight", {7, 4}}, {"a.weight", {4, 2}}, {"b.weight", {3}}};
};

TEST_F(CheckLayout, TakesWhatFits) {
  EXPECT_EQ(refusal(layout_), "");
  EXPECT_EQ(refusal(layout_, DType::kF32), "");
}

TEST_F(CheckLayout, NamesComponentFolderTensorAndShapes) {
  EXPECT_THAT(refusal(changed(1, {"a.weight", {2, 4}})),
              AllOf(HasSubstr("text_encoder"), HasSubstr(folder_.path().string()),
                    HasSubstr("\"a.weight\" must be [4, 2], not [2, 4]")));
}

TEST_F(CheckLayout, NamesMissingAndSurplusTensors) {
  EXPECT_THAT(refusal(changed(2, {"c.weight", {3}})),
              AllOf(HasSubstr("\"b.weight\" [3] is missing"), HasSubstr("\"c.weight\" is not part of it")));
}

TEST_F(CheckLayout, ShowsTheFirstFewAndCountsTheRest) {
  auto stored = layout_;
  for (int i = 0; i < 9; ++i) stored.push_back({fmt::format("surplus.{}", i), {1}});
  EXPECT_THAT(refusal(stored),
              AllOf(HasSubstr("surplus.4"), Not(HasSubstr("surplus.5")), HasSubstr("and 4 more")));
}

TEST_F(CheckLayout, RefusesIntegers) {
  EXPECT_THAT(refusal(layout_, DType::kI64), HasSubstr("\"b.weight\" is I64"));
}

TEST_F(CheckLayout, TheEmbeddingHasTwoNames) {
  EXPECT_EQ(refusal(changed(0, {"encoder.embed_tokens.weight", {7, 4}})), "");
  EXPECT_EQ(refusal(with({"encoder.embed_tokens.weight", {7, 4}})), "");
  EXPECT_THAT(refusal(with({"encoder.embed_tokens.weight", {7, 5}})),
              HasSubstr("embed_tokens.weight\" must be [7, 4]"));
  EXPECT_THAT(refusal(changed(0, {"other", {7, 4}})), HasSubstr("\"shared.weight\" [7, 4] is missing"));
}

TEST_F(CheckLayout, TakesHarmlessExtras) {
  EXPECT_EQ(refusal(with({"blocks.0.attn2.norm_added_q.weight", {4}})), "");
  EXPECT_EQ(
      refusal(with({"decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight", {32, 6}})), "");
}

}  // namespace
}  // namespace clipmill
