#include "model/transformer.h"

#include <gtest/gtest.h>

#include "checkpoint/model_folder.h"
#include "model/golden.h"

namespace clipmill {
namespace {

struct TransformerCase {
  std::string model, file;
  bool second = false;

  friend void PrintTo(const TransformerCase& c, std::ostream* out) { *out << c.model << "/" << c.file; }
};

class TransformerParity : public testing::TestWithParam<TransformerCase> {
 protected:
  const c10::NoGradGuard no_grad_;
  const ModelFolder folder_ = ModelFolder::open(golden_folder() / "models" / GetParam().model);
  const TransformerConfig& config_ =
      GetParam().second ? *folder_.transformer_2_config() : folder_.transformer_config();
  const Transformer transformer_{
      config_, GetParam().second ? *folder_.transformer_2() : folder_.transformer(), at::kFloat, at::kCPU};
  const Golden golden_{std::filesystem::path("modules") / GetParam().model / GetParam().file};
};

TEST_P(TransformerParity, EmbedsTimeAndText) {
  const TimeEmbedding time = transformer_.condition_embedder().time(golden_["timestep"]);
  EXPECT_LE(relative_l2(time.temb, golden_["temb"]), kModuleTolerance);
  EXPECT_LE(relative_l2(time.modulation.flatten(1), golden_["timestep_proj"]), kModuleTolerance);
  EXPECT_LE(relative_l2(transformer_.condition_embedder().text(golden_["encoder_hidden_states"]),
                        golden_["context"]),
            kModuleTolerance);
}

TEST_P(TransformerParity, RotatesByTheSameAngles) {
  const at::Tensor rotation =
      at::view_as_real(transformer_.rope(golden_["hidden_states"]).rotation()).squeeze(2).squeeze(0);
  const auto each_pair = [](const at::Tensor& t) { return t.unflatten(-1, {-1, 2}).select(-1, 0); };
  EXPECT_LE(relative_l2(rotation.select(-1, 0), each_pair(golden_["rope_cos"])), 1e-7);
  EXPECT_LE(relative_l2(rotation.select(-1, 1), each_pair(golden_["rope_sin"])), 1e-7);
}

TEST_P(TransformerParity, EachBlockOnItsOwnInput) {
  const auto time = transformer_.condition_embedder().time(golden_["timestep"]);
  const auto text = transformer_.text_context(golden_["encoder_hidden_states"]);
  const auto rope = transformer_.rope(golden_["hidden_states"]);
  at::Tensor x = golden_["patch"];
  for (std::size_t i = 0; i < transformer_.blocks().size(); ++i) {
    const at::Tensor expected = golden_["block." + std::to_string(i)];
    const TransformerBlock& block = transformer_.blocks()[i];
    EXPECT_LE(relative_l2(block(x, time.modulation, rope, text.blocks[i]), expected), kModuleTolerance)
        << "block " << i;
    at::Tensor in_place = x.clone();
    block.apply(in_place, time.modulation, rope, text.blocks[i]);
    EXPECT_LE(relative_l2(in_place, expected), kModuleTolerance) << "block " << i;
    x = expected;
  }
}

TEST_P(TransformerParity, WholeForward) {
  const auto text = transformer_.text_context(golden_["encoder_hidden_states"]);
  const auto sample = transformer_(golden_["hidden_states"], golden_["timestep"], text,
                                   transformer_.rope(golden_["hidden_states"]));
  EXPECT_LE(relative_l2(sample, golden_["sample"]), kModuleTolerance);
}

TEST_P(TransformerParity, ABatchIsItsClipsOneByOne) {
  const at::Tensor one = golden_["hidden_states"], embeds = golden_["encoder_hidden_states"];
  const at::Tensor other = one.flip(3).contiguous(), other_embeds = embeds.flip(1).contiguous();
  const at::Tensor t = at::tensor({900.0f}), u = at::tensor({40.0f});
  const Rope rope = transformer_.rope(one);
  const auto both = transformer_(at::cat({one, other}), at::cat({t, u}),
                                 transformer_.text_context(at::cat({embeds, other_embeds})), rope);
  EXPECT_LE(relative_l2(both.narrow(0, 0, 1), transformer_(one, t, transformer_.text_context(embeds), rope)),
            kModuleTolerance);
  EXPECT_LE(relative_l2(both.narrow(0, 1, 1),
                        transformer_(other, u, transformer_.text_context(other_embeds), rope)),
            kModuleTolerance);
}

INSTANTIATE_TEST_SUITE_P(Models, TransformerParity,
                         testing::Values(TransformerCase{"wan21", "transformer_0.safetensors"},
                                         TransformerCase{"wan21", "transformer_1.safetensors"},
                                         TransformerCase{"two_transformers", "transformer_0.safetensors"},
                                         TransformerCase{"two_transformers", "transformer_1.safetensors"},
                                         TransformerCase{"two_transformers", "transformer_2.safetensors",
                                                         true},
                                         TransformerCase{"residual", "transformer_0.safetensors"},
                                         TransformerCase{"residual", "transformer_1.safetensors"}));

TEST(Transformer, HalfPrecisionStaysClose) {
  const c10::NoGradGuard no_grad;
  const auto folder = ModelFolder::open(golden_folder() / "models/wan21");
  const Golden golden("modules/wan21/transformer_0.safetensors");
  for (const auto& [type, tolerance] : {std::pair{at::kBFloat16, 3e-2}, std::pair{at::kHalf, 4e-3}}) {
    const Transformer half(folder.transformer_config(), folder.transformer(), type, at::kCPU);
    const auto sample =
        half(golden["hidden_states"], golden["timestep"], half.text_context(golden["encoder_hidden_states"]),
             half.rope(golden["hidden_states"]));
    EXPECT_EQ(sample.scalar_type(), type);
    const double error = relative_l2(sample, golden["sample"]);
    EXPECT_LE(error, tolerance);
    EXPECT_GT(error, 1e-5) << "computed in fp32 after all";
  }
}

}  // namespace
}  // namespace clipmill
