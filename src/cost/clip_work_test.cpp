#include "cost/clip_work.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cost/decode_memory.h"
#include "cost/text_encoder_work.h"
#include "cost/transformer_work.h"
#include "cost/vae_work.h"

namespace clipmill {
namespace {

/// The published 1.3B model: d = 1536, f = 8960, 30 blocks.
TransformerConfig transformer_1_3b() {
  TransformerConfig config;
  config.num_attention_heads = 12;
  config.ffn_dim = 8960;
  config.num_layers = 30;
  return config;
}

TextEncoderConfig umt5_xxl() {
  TextEncoderConfig config;
  config.vocab_size = 256384;
  config.d_model = 4096;
  config.d_ff = 10240;
  config.num_layers = 24;
  config.num_heads = 64;
  return config;
}

VaeConfig vae_2_2() {
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

ModelCost model_1_3b() { return ModelCost::of(transformer_1_3b(), VaeConfig(), umt5_xxl()); }

constexpr double kTera = 1e12, kGiB = 1024.0 * 1024 * 1024;

// 832×480×81: 21·30·52 = 32,760 tokens. By hand: 30·2L(6d²+2df) = 81.92, 30·4L²d = 197.82, 30·4L·512·d
// = 3.09.
TEST(TransformerWork, OnePassOf480p) {
  const double flops = transformer_flops(transformer_1_3b(), 32'760, 512);
  EXPECT_NEAR(flops / kTera, 81.92 + 197.82 + 3.09, 0.05);
}

TEST(TransformerWork, AttentionGrowsWithTheSquareOfTheTokens) {
  const TransformerConfig config = transformer_1_3b();
  const auto flops = [&](double tokens) { return transformer_flops(config, tokens, 512); };
  // The second difference of a quadratic a·L² is 2a·h².
  const double h = 1000, second = flops(2 * h) - 2 * flops(h) + flops(0);
  EXPECT_NEAR(second, 2 * 30 * 4.0 * 1536 * h * h, 1e-6 * second);
}

TEST(TextEncoderWork, FullPrompt) { EXPECT_NEAR(text_encoder_flops(umt5_xxl(), 512) / kTera, 4.84, 0.02); }

// Counted on the reference decoder, wan-spec.
TEST(DecodeFlops, AreThoseOfTheReferenceDecoder) {
  EXPECT_NEAR(decode_flops(VaeConfig(), 21, 60, 104) / kTera, 275, 1);
  EXPECT_NEAR(decode_flops(VaeConfig(), 21, 90, 160) / kTera, 639, 2);
  EXPECT_NEAR(decode_flops(VaeConfig(), 21, 136, 240) / kTera, 1468, 4);
}

TEST(DecodeFlops, AreThoseOfTheResidualDecoder) {
  EXPECT_NEAR(decode_flops(vae_2_2(), 31, 44, 80) / kTera, 2011, 6);  // 1280×704×121
}

TEST(DecodeMemory, DoesNotGrowWithTheClipAndFallsWithStrips) {
  const auto held = [](std::int64_t frames, int strips) {
    return decode_activations(VaeConfig(), frames, 60, 104, {strips}, true);
  };
  EXPECT_EQ(held(3, 1), held(21, 1));
  EXPECT_LT(held(2, 1), held(3, 1));
  EXPECT_LT(held(21, 2), held(21, 1) / 2);
  for (const int strips : {2, 4, 8, 16}) EXPECT_LE(held(21, 2 * strips), held(21, strips));
}

TEST(ClipWork, AllStagesOf480p) {
  const ModelCost model = model_1_3b();
  ClipSpec clip;
  clip.precision = Precision::kBf16;
  clip.prompt = std::string(600, 'x');  // as many tokens as the encoder takes
  const StageSetting released{"cuda:0", {.resident = false}};
  const StageWork denoise = work_of(model, clip, Stage::kDenoise, released);
  EXPECT_NEAR(denoise.amount / kTera, 100 * 283.0, 30);  // 50 steps, two passes each
  EXPECT_NEAR(denoise.bytes / kGiB, 3.35, 0.05);         // 2.65 of weights, 0.7 of the block, text and rotary
  EXPECT_NEAR(work_of(model, clip, Stage::kEncodeText, released).amount / kTera, 2 * 4.84, 0.04);
  EXPECT_NEAR(load_work(model, clip, Stage::kDenoise).bytes / (2 * 1'418'996'800.0), 1.002,
              1e-3);  // norms: fp32
  EXPECT_EQ(work_of(model, clip, Stage::kRender, released).amount, 832.0 * 480 * 81);
  clip.guidance = 1;
  EXPECT_NEAR(work_of(model, clip, Stage::kDenoise, released).amount * 2, denoise.amount, 1);
}

TEST(ClipWork, ResidentComponentsCountInEveryStage) {
  const ModelCost model = model_1_3b();
  const ClipSpec clip;
  double all = 0;
  for (const Stage stage : {Stage::kEncodeText, Stage::kDenoise, Stage::kDecode})
    all += load_work(model, clip, stage).bytes;
  for (const Stage stage : {Stage::kEncodeText, Stage::kDenoise, Stage::kDecode}) {
    const double own = load_work(model, clip, stage).bytes;
    const double alone = work_of(model, clip, stage, {"cuda:0", {.resident = false}}).bytes;
    EXPECT_NEAR(work_of(model, clip, stage, {"cuda:0"}).bytes, alone + all - own, 1);
  }
  const double encoder = load_work(model, clip, Stage::kEncodeText).bytes;
  EXPECT_NEAR(work_of(model, clip, Stage::kDenoise, {"cuda:0", {}, Part::kDenoise}).bytes,
              work_of(model, clip, Stage::kDenoise, {"cuda:0", {.resident = false}}).bytes + encoder, 1);
}

TEST(ClipWork, OfTwoTransformersBothStayWhereComponentsDo) {
  const ModelCost one = model_1_3b();
  ModelCost two = one;
  two.two_transformers = true;
  const ClipSpec clip;
  const double transformer = load_work(one, clip, Stage::kDenoise).bytes;
  const auto more = [&](Stage stage, bool resident) {
    const StageSetting setting{"cuda:0", {.resident = resident}};
    return work_of(two, clip, stage, setting).bytes - work_of(one, clip, stage, setting).bytes;
  };
  for (const Stage stage : {Stage::kEncodeText, Stage::kDenoise, Stage::kDecode}) {
    EXPECT_NEAR(more(stage, true), transformer, 1);
    EXPECT_EQ(more(stage, false), 0);
  }
}

// Their layers wait in host memory.
TEST(ClipWork, OfStreamedComponentsOnlyTheEndsStayOnTheDevice) {
  const ModelCost model = model_1_3b();
  const ClipSpec clip;
  const auto decode = [&](const MemoryPlan& plan) {
    return work_of(model, clip, Stage::kDecode, {"cuda:0", plan}).bytes;
  };
  const double blocks = 4 * 30.0 * model.transformer_weights.at({Precision::kFp32, false}).layer;
  EXPECT_NEAR(decode({}) - decode({.denoise = {.streamed = true}}), blocks, 1);
  const double layers = 4 * 24.0 * model.text_encoder_weights.at(Precision::kFp32).layer;
  EXPECT_NEAR(decode({}) - decode({.encode_text = {.streamed = true}}), layers, 1);
}

TEST(ClipWork, DeliveredSizeAndRateCountWhereTheyAreEncoded) {
  ClipSpec clip;
  clip.output_width = 1920, clip.output_height = 1080, clip.output_fps = 32;
  EXPECT_EQ(work_of(model_1_3b(), clip, Stage::kEncodeVideo, {"cuda:0"}).amount, 1920.0 * 1080 * 162);
}

/// But for the memory of denoising where one batch of both prompts becomes two.
RC_GTEST_PROP(ClipWorkProperty, GrowsWithEverySide, ()) {
  const ModelCost model = model_1_3b();
  ClipSpec clip;
  clip.width = 16 * *rc::gen::inRange(1, 80);
  clip.height = 16 * *rc::gen::inRange(1, 80);
  clip.frames = 1 + 4 * *rc::gen::inRange(0, 60);
  clip.steps = *rc::gen::inRange(1, 100);
  ClipSpec larger = clip;
  const int side = *rc::gen::inRange(0, 4);
  (side == 0 ? larger.width : side == 1 ? larger.height : side == 2 ? larger.frames : larger.steps) += 16;
  const auto together = [&](const ClipSpec& c) {
    const std::int64_t tokens = std::int64_t{(c.frames - 1) / 4 + 1} * (c.height / 16) * (c.width / 16);
    return prompts_together({}, tokens * model.transformer.inner_dim());
  };
  for (const Stage stage : {Stage::kEncodeText, Stage::kDenoise, Stage::kDecode, Stage::kRender}) {
    const bool alike = stage != Stage::kDenoise || together(clip) == together(larger);
    const StageWork less = work_of(model, clip, stage, {"cuda:0"}),
                    more = work_of(model, larger, stage, {"cuda:0"});
    RC_ASSERT(less.amount > 0 && more.amount >= less.amount && (!alike || more.bytes >= less.bytes));
  }
}

}  // namespace
}  // namespace clipmill
