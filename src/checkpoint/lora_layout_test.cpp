#include "checkpoint/lora_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/lora_metadata.h"
#include "checkpoint/test_folder.h"

namespace clipmill {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TransformerConfig small_config() {
  TransformerConfig config;
  config.num_attention_heads = 2;
  config.attention_head_dim = 4;
  config.ffn_dim = 12;
  config.num_layers = 2;
  return config;
}

struct Stored {
  std::string name;
  std::vector<std::int64_t> shape;
  DType dtype = DType::kF32;
};

/// A LoRA file on disk, all zero.
class LoraOnDisk {
 public:
  explicit LoraOnDisk(const std::vector<Stored>& tensors, std::map<std::string, std::string> metadata = {})
      : path_(folder_ / "lora.safetensors") {
    std::vector<TensorInfo> infos;
    std::size_t bytes = 0;
    for (const auto& [name, shape, dtype] : tensors) {
      infos.push_back({name, dtype, shape, 0, 0});
      bytes += static_cast<std::size_t>(infos.back().numel()) * size_of(dtype);
    }
    SafetensorsWriter writer(path_, infos, std::move(metadata));
    for (const TensorInfo& info : infos)
      writer.write(std::vector<std::byte>(static_cast<std::size_t>(info.numel()) * size_of(info.dtype)));
    writer.commit();
    file_.emplace(path_);
  }

  LoraLayouts read(bool two = false) const {
    const auto layout = transformer_layout(small_config());
    return read_lora_layouts(*file_, layout, two ? &layout : nullptr);
  }
  std::string error(bool two = false) const {
    return error_of([&] { read(two); });
  }

 private:
  TestFolder folder_;
  std::filesystem::path path_;
  std::optional<SafetensorsFile> file_;
};

std::vector<std::string> layers(const LoraLayout& layout) {
  std::vector<std::string> names;
  for (const auto& [name, tensors] : layout) names.push_back(name);
  return names;
}

struct Named {
  std::string layer, original;
  std::int64_t out, in;
};

/// Every kind of layer of Wan, d = 8, by its two names.
const std::vector<Named> kLayers = {
    {"blocks.1.attn1.to_q", "blocks.1.self_attn.q", 8, 8},
    {"blocks.1.attn1.to_k", "blocks.1.self_attn.k", 8, 8},
    {"blocks.1.attn1.to_v", "blocks.1.self_attn.v", 8, 8},
    {"blocks.1.attn1.to_out.0", "blocks.1.self_attn.o", 8, 8},
    {"blocks.0.attn2.to_q", "blocks.0.cross_attn.q", 8, 8},
    {"blocks.0.attn2.to_k", "blocks.0.cross_attn.k", 8, 8},
    {"blocks.0.attn2.to_v", "blocks.0.cross_attn.v", 8, 8},
    {"blocks.0.attn2.to_out.0", "blocks.0.cross_attn.o", 8, 8},
    {"blocks.0.ffn.net.0.proj", "blocks.0.ffn.0", 12, 8},
    {"blocks.0.ffn.net.2", "blocks.0.ffn.2", 8, 12},
    {"condition_embedder.time_embedder.linear_1", "time_embedding.0", 8, 256},
    {"condition_embedder.time_embedder.linear_2", "time_embedding.2", 8, 8},
    {"condition_embedder.text_embedder.linear_1", "text_embedding.0", 8, 4096},
    {"condition_embedder.text_embedder.linear_2", "text_embedding.2", 8, 8},
    {"condition_embedder.time_proj", "time_projection.1", 48, 8},
    {"proj_out", "head.head", 64, 8},
};

std::string underscored(std::string name) {
  std::ranges::replace(name, '.', '_');
  return name;
}

TEST(LoraLayout, FindsEveryLayerByItsThreeNames) {
  for (const auto& [layer, original, out, in] : kLayers) {
    for (const auto& [name, down, up] :
         {std::tuple{"transformer." + layer, "lora_A", "lora_B"},
          std::tuple{"diffusion_model." + original, "lora_A", "lora_B"},
          std::tuple{"diffusion_model." + original, "lora_down", "lora_up"},
          std::tuple{"lora_unet_" + underscored(original), "lora_down", "lora_up"}}) {
      const LoraOnDisk lora(
          {{name + "." + down + ".weight", {3, in}}, {name + "." + up + ".weight", {out, 3}}});
      const LoraLayouts layouts = lora.read();
      ASSERT_THAT(layers(layouts.transformer), ElementsAre(layer)) << name;
      EXPECT_EQ(layouts.transformer.at(layer).down->shape.at(1), in);
    }
  }
}

TEST(LoraLayout, KeepsAlphaBiasAndDifferences) {
  const std::string q = "diffusion_model.blocks.0.self_attn.q";
  const LoraOnDisk lora({{q + ".lora_down.weight", {2, 8}},
                         {q + ".lora_up.weight", {8, 2}, DType::kBF16},
                         {q + ".alpha", {}},
                         {q + ".diff_b", {8}},
                         {"diffusion_model.head.head.diff", {64, 8}},
                         {"diffusion_model.blocks.0.modulation.diff", {1, 6, 8}},
                         {"diffusion_model.head.modulation.diff", {1, 2, 8}}});
  const LoraLayout layout = lora.read().transformer;
  EXPECT_THAT(layers(layout), ElementsAre("blocks.0.attn1.to_q", "blocks.0.scale_shift_table", "proj_out",
                                          "scale_shift_table"));
  EXPECT_TRUE(layout.at("blocks.0.attn1.to_q").alpha && layout.at("blocks.0.attn1.to_q").bias_delta);
  EXPECT_TRUE(layout.at("proj_out").weight_delta && !layout.at("proj_out").down);
}

TEST(LoraLayout, LeavesOutWhatDiffusersLeavesOut) {
  const std::string q = "diffusion_model.blocks.0.self_attn.q";
  const LoraOnDisk lora({{q + ".lora_A.weight", {2, 8}},
                         {q + ".lora_B.weight", {8, 2}},
                         {q + ".dora_scale", {8, 1}},
                         {"diffusion_model.blocks.0.norm3.diff", {8}},
                         {"diffusion_model.blocks.0.norm3.diff_b", {8}},
                         {"diffusion_model.blocks.0.self_attn.norm_q.diff", {8}}});
  const LoraLayouts layouts = lora.read();
  EXPECT_THAT(layers(layouts.transformer), ElementsAre("blocks.0.attn1.to_q"));
  EXPECT_EQ(layouts.ignored.size(), 4U);
}

TEST(LoraLayout, SeparatesTheTwoTransformers) {
  const LoraOnDisk lora({{"transformer.blocks.0.attn1.to_q.lora_A.weight", {2, 8}},
                         {"transformer.blocks.0.attn1.to_q.lora_B.weight", {8, 2}},
                         {"transformer_2.blocks.1.attn1.to_k.lora_A.weight", {2, 8}},
                         {"transformer_2.blocks.1.attn1.to_k.lora_B.weight", {8, 2}}});
  const LoraLayouts layouts = lora.read(true);
  EXPECT_THAT(layers(layouts.transformer), ElementsAre("blocks.0.attn1.to_q"));
  EXPECT_THAT(layers(layouts.transformer_2), ElementsAre("blocks.1.attn1.to_k"));
  EXPECT_THAT(lora.error(), AllOf(HasSubstr("lora.safetensors"), HasSubstr("transformer_2")));
}

struct Wrong {
  std::vector<Stored> tensors;
  std::string key, reason;
};

TEST(LoraLayout, SaysWhatIsWrongAndWhere) {
  const std::string q = "transformer.blocks.0.attn1.to_q", a = q + ".lora_A.weight", b = q + ".lora_B.weight";
  const Stored down = {a, {2, 8}}, up = {b, {8, 2}};
  const std::vector<Wrong> cases = {
      {{down}, a, "lora_B (or lora_up) is missing"},
      {{up}, b, "lora_A (or lora_down) is missing"},
      {{down, {b, {8, 3}}}, b, "must be [8, 2], not [8, 3]"},
      {{{a, {2, 9}}, up}, a, "must be [2, 8], not [2, 9]"},
      {{{a, {}}, up}, a, "has no rank"},
      {{{a, {2, 8}, DType::kI32}, up}, a, "is I32, not a floating type"},
      {{down, up, {q + ".lora_B.bias", {9}}}, q + ".lora_B.bias", "must be [8]"},
      {{down, up, {q + ".alpha", {2}}}, q + ".alpha", "must be one number"},
      {{{q + ".alpha", {}}}, q + ".alpha", "stands alone"},
      {{{"transformer.blocks.2.attn1.to_q.lora_A.weight", {2, 8}}}, "blocks.2", "no such layer"},
      {{{"diffusion_model.blocks.0.cross_attn.k_img.lora_A.weight", {2, 8}}}, "k_img", "videos from images"},
      {{{"unet.down.lora_A.weight", {2, 8}}}, "unet.down", "lora_unet_"},
      {{{q + ".lokr_w1", {2, 8}}}, "lokr_w1", "other kinds"},
      {{{q + ".lora_magnitude_vector", {8}}}, "magnitude", "DoRA"},
      {{down, up, {"diffusion_model.blocks.0.self_attn.q.lora_A.weight", {2, 8}}}, a, "say the same"},
      {{{"transformer.scale_shift_table.lora_A.weight", {2, 8}},
        {"transformer.scale_shift_table.lora_B.weight", {8, 2}}},
       "scale_shift_table",
       "not a layer"},
      {{{"diffusion_model.blocks.0.modulation.diff_b", {8}}}, "modulation", "does not have"},
      {{{"diffusion_model.blocks.0.norm3.diff", {8}}}, "lora.safetensors", "nothing in it"},
  };
  for (const Wrong& wrong : cases) {
    EXPECT_THAT(LoraOnDisk(wrong.tensors).error(),
                AllOf(HasSubstr("lora.safetensors"), HasSubstr(wrong.key), HasSubstr(wrong.reason)));
  }
}

std::vector<Stored> pair_of(const std::string& layer) {
  return {{"transformer." + layer + ".lora_A.weight", {2, 8}},
          {"transformer." + layer + ".lora_B.weight", {8, 2}}};
}

TEST(LoraMetadata, AlphaOfTheAdapterAndOfItsPatterns) {
  const LoraOnDisk lora(pair_of("blocks.0.attn1.to_q"), {{kLoraMetadataKey, R"({"transformer.lora_alpha": 6,
      "transformer.use_rslora": true, "transformer_2.lora_alpha": 9})"}});
  EXPECT_EQ(lora.read().transformer.at("blocks.0.attn1.to_q").named_alpha, 6.0);
  EXPECT_TRUE(lora.read().transformer.at("blocks.0.attn1.to_q").rank_stabilized);

  for (const auto& [pattern, alpha] :
       {std::pair{"to_q", 3.0}, std::pair{"attn1.to_q", 3.0}, std::pair{"^blocks.0.attn1.to_q", 3.0},
        std::pair{"o_q", 6.0}, std::pair{"^attn1.to_q", 6.0}, std::pair{"to_k", 6.0}}) {
    const LoraOnDisk other(pair_of("blocks.0.attn1.to_q"),
                           {{kLoraMetadataKey, fmt::format(R"({{"transformer.lora_alpha": 6,
                             "transformer.alpha_pattern": {{"{}": 3}}}})",
                                                           pattern)}});
    EXPECT_EQ(other.read().transformer.at("blocks.0.attn1.to_q").named_alpha, alpha) << pattern;
  }
}

TEST(LoraMetadata, RefusesWhatItCannotFollow) {
  for (const auto& [text, reason] :
       {std::pair{"{", "lora_adapter_metadata"}, std::pair{R"({"transformer.use_dora": true})", "DoRA"},
        std::pair{R"({"transformer.lora_alpha": "much"})", "lora_alpha is not a number"},
        std::pair{R"({"transformer.alpha_pattern": {".*q": 2}})", "not a plain name"}}) {
    const LoraOnDisk lora(pair_of("blocks.0.attn1.to_q"), {{kLoraMetadataKey, text}});
    EXPECT_THAT(lora.error(), AllOf(HasSubstr("lora.safetensors"), HasSubstr(reason)));
  }
}

}  // namespace
}  // namespace clipmill
