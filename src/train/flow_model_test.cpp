// What flow matching trains: how it begins, and that captions cost no padding.
#include "train/flow_model.h"

#include <gtest/gtest.h>

#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include "checkpoint/layout.h"
#include "model/vae/vae.h"
#include "train/caption_batch.h"
#include "train/initialize.h"

namespace clipmill {
namespace {

const TextEncoderConfig kText{
    .vocab_size = 40, .d_model = 16, .d_kv = 8, .d_ff = 32, .num_layers = 2, .num_heads = 2};
const TransformerConfig kTransformer{.num_attention_heads = 2,
                                     .attention_head_dim = 12,
                                     .in_channels = 4,
                                     .out_channels = 4,
                                     .text_dim = 16,
                                     .freq_dim = 16,
                                     .ffn_dim = 32,
                                     .num_layers = 2,
                                     .rope_max_seq_len = 64};
const VaeConfig kVae{.base_dim = 4,
                     .decoder_base_dim = 4,
                     .z_dim = 4,
                     .num_res_blocks = 1,
                     .latents_mean = {0, 0, 0, 0},
                     .latents_std = {1, 1, 1, 1}};

at::Tensor seeded_normal(at::IntArrayRef shape, std::uint64_t seed) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::TensorOptions(at::kFloat));
}

std::shared_ptr<Parameters> flow_parameters(std::uint64_t seed, const Initializer& text,
                                            const Initializer& transformer) {
  auto parameters = std::make_shared<Parameters>();
  parameters->add_new("text_encoder.", text_encoder_layout(kText), text, seed, at::kCPU);
  parameters->add_new("transformer.", transformer_layout(kTransformer), transformer, seed, at::kCPU);
  return parameters;
}

std::shared_ptr<Parameters> new_flow_parameters(std::uint64_t seed) {
  return flow_parameters(seed, text_encoder_initializer(kText), transformer_initializer(kTransformer));
}

/// Nothing near zero, so that every path carries something.
FlowModel lively_model() {
  const Initializer random = [](const std::string&, at::Tensor& t, at::Generator& generator) {
    t.normal_(t.dim() == 1 ? 1 : 0, t.dim() == 1 ? 0.2 : 0.3, generator);
  };
  return whole_model(kText, kTransformer)(flow_parameters(3, random, random));
}

std::shared_ptr<Parameters> new_vae_parameters(std::uint64_t seed) {
  auto parameters = std::make_shared<Parameters>();
  parameters->add_new("", vae_layout(kVae), vae_initializer(kVae), seed, at::kCPU);
  return parameters;
}

/// The transformer's answer to one noisy latent a caption.
at::Tensor predicted(const FlowModel& model, const TextContext& text, std::int64_t clips) {
  const at::Tensor x = seeded_normal({1, 4, 2, 4, 4}, 5).expand({clips, 4, 2, 4, 4}).contiguous();
  return model.transformer(x, at::full({clips}, 500.0f), text, model.transformer.rope(x));
}

class CaptionBatchTest : public testing::Test {
 protected:
  const c10::NoGradGuard no_grad_;
  const FlowModel model_ = lively_model();
  const TokenIds one_ = {5, 9, 31, 7, 1}, other_ = {12, 1}, empty_ = {1};
};

TEST_F(CaptionBatchTest, KeepsEachDifferentCaptionOnce) {
  const TokenIds same = one_;
  const CaptionBatch batch = CaptionBatch::of({&one_, &empty_, &same, &other_, &empty_});
  EXPECT_TRUE(at::equal(batch.index, at::tensor({0, 1, 0, 2, 1}, at::kLong)));
  EXPECT_TRUE(at::equal(batch.ids,
                        at::tensor({5, 9, 31, 7, 1, 1, 0, 0, 0, 0, 12, 1, 0, 0, 0}, at::kLong).view({3, 5})));
  EXPECT_TRUE(at::equal(batch.mask.sum(1), at::tensor({5, 1, 2}, at::kLong)));
}

TEST_F(CaptionBatchTest, OneKeyStandsForAllPaddingOfThePipeline) {
  for (const int length : {kTextLength, 7, 6, 5}) {  // 5: no padding is left for the longest
    const std::vector<const TokenIds*> captions = {&one_, &other_, &empty_, &one_};
    const PaddedContext ours = encode_captions(model_.text_encoder, CaptionBatch::of(captions), length);
    EXPECT_EQ(ours.embeds.sizes(), at::IntArrayRef({4, 6, 16}));
    EXPECT_EQ(ours.bias.sizes(), at::IntArrayRef({4, 1, 1, 6}));
    std::vector<at::Tensor> rows;
    for (const TokenIds* caption : captions) rows.push_back(model_.text_encoder.encode(*caption, length));
    const at::Tensor padded = at::cat(rows);
    ASSERT_EQ(padded.size(1), length);
    const at::Tensor expected = predicted(model_, model_.transformer.text_context(padded, {}), 4);
    const at::Tensor answer = predicted(model_, model_.transformer.text_context(ours.embeds, ours.bias), 4);
    EXPECT_LT((answer - expected).abs().max().item<double>(), 1e-4) << length;
    if (length != kTextLength) continue;
    const at::Tensor without = predicted(model_, model_.transformer.text_context(ours.embeds, {}), 4);
    EXPECT_GT((without - expected).abs().max().item<double>(), 1e-2) << "the bias does something";
    EXPECT_GT((expected[0] - expected[1]).abs().max().item<double>(), 1e-2) << "so does the caption";
  }
}

TEST_F(CaptionBatchTest, GradientsReachTheTextEncoderThroughIt) {
  const c10::AutoGradMode gradients(true);
  const auto parameters = new_flow_parameters(1);
  const FlowModel model = whole_model(kText, kTransformer)(parameters);
  const PaddedContext text =
      encode_captions(model.text_encoder, CaptionBatch::of({&one_, &empty_}), kTextLength);
  predicted(model, model.transformer.text_context(text.embeds, text.bias), 2).square().mean().backward();
  const at::Tensor gradient = parameters->tensor("text_encoder.shared.weight").grad();
  ASSERT_TRUE(gradient.defined());
  EXPECT_TRUE(at::isfinite(gradient).all().item<bool>());
  EXPECT_GT(gradient[31].abs().max().item<double>(), 0);
  EXPECT_EQ(gradient[30].abs().max().item<double>(), 0) << "not in any caption";
}

TEST(Initialize, TheSameSeedBeginsTheSame) {
  const auto one = new_flow_parameters(1), same = new_flow_parameters(1), other = new_flow_parameters(2);
  bool differs = false;
  for (const auto& [name, tensor] : one->named()) {
    EXPECT_TRUE(at::equal(same->tensor(name), tensor)) << name;
    differs = differs || !at::equal(other->tensor(name), tensor);
    EXPECT_TRUE(tensor.requires_grad()) << name;
  }
  EXPECT_TRUE(differs);
}

TEST(Initialize, TransformerBlocksBeginWithClosedGates) {
  const auto parameters = new_flow_parameters(1);
  const double d = kTransformer.inner_dim();
  for (const std::string block : {"transformer.blocks.0.", "transformer.blocks.1."}) {
    const at::Tensor table = parameters->tensor(block + "scale_shift_table");
    for (const std::int64_t row : {0, 1, 3, 4}) EXPECT_GT(table[0][row].abs().max().item<double>(), 0) << row;
    for (const std::int64_t gate : {2, 5}) EXPECT_EQ(table[0][gate].abs().max().item<double>(), 0) << gate;
    const at::Tensor query = parameters->tensor(block + "attn1.to_q.weight");
    EXPECT_NEAR(query.std().item<double>(), 1 / std::sqrt(d), 0.15 / std::sqrt(d));
    EXPECT_EQ(parameters->tensor(block + "attn1.to_q.bias").abs().max().item<double>(), 0);
    EXPECT_TRUE(at::equal(parameters->tensor(block + "attn1.norm_q.weight"), at::ones({24})));
  }
  EXPECT_LT(parameters->tensor("transformer.proj_out.weight").std().item<double>(), 0.1 / std::sqrt(d));
  EXPECT_GT(parameters->tensor("transformer.proj_out.weight").std().item<double>(), 0);
}

TEST(Initialize, ClosedGatesMakeSelfAttentionAndFeedForwardNearlyTheIdentity) {
  const c10::NoGradGuard no_grad;
  const auto parameters = new_flow_parameters(1);
  const TokenIds caption = {5, 9, 1};
  const auto answer = [&] {
    const FlowModel model = whole_model(kText, kTransformer)(parameters);
    const PaddedContext text = encode_captions(model.text_encoder, CaptionBatch::of({&caption}), kTextLength);
    return predicted(model, model.transformer.text_context(text.embeds, text.bias), 1);
  };
  const at::Tensor before = answer();
  for (const auto& [name, tensor] : parameters->named()) {
    if (name.find("ffn") != std::string::npos || name.find("attn1.to_out") != std::string::npos)
      tensor.zero_();
  }
  // What is left comes through time_proj, which begins small.
  EXPECT_LT((answer() - before).norm().item<double>(), 0.1 * before.norm().item<double>());
}

TEST(Initialize, TheTextEncodersStatesAreOfOrdinarySize) {
  const c10::NoGradGuard no_grad;
  const auto parameters = new_flow_parameters(1);
  const auto deviation = [&](const std::string& name) {
    return parameters->tensor("text_encoder." + name).std().item<double>();
  };
  EXPECT_NEAR(deviation("shared.weight"), 1, 0.1);
  const std::string attention = "encoder.block.0.layer.0.SelfAttention.";
  EXPECT_NEAR(deviation(attention + "q.weight") * std::sqrt(16.0 * 8), 1, 0.2) << "small queries";
  EXPECT_NEAR(deviation(attention + "k.weight") * std::sqrt(16.0), 1, 0.2);
  const FlowModel model = whole_model(kText, kTransformer)(parameters);
  const at::Tensor states = model.text_encoder(at::tensor({5, 9, 31, 1}, at::kLong).view({1, 4}));
  EXPECT_NEAR(states.square().mean().sqrt().item<double>(), 1, 0.1) << "the final norm's weight is one";
}

TEST(Initialize, AVaeBeginsWithQuietBranchesAndANarrowDistribution) {
  const c10::NoGradGuard no_grad;
  const auto parameters = new_vae_parameters(1);
  int branches = 0;
  for (const auto& [name, tensor] : parameters->named()) {
    if (!name.ends_with("conv2.weight")) continue;
    ++branches;
    EXPECT_LT(tensor.abs().max().item<double>(), 1e-3) << name;
    EXPECT_GT(tensor.abs().max().item<double>(), 0) << name;
  }
  EXPECT_GT(branches, 8);
  const Vae vae(kVae, Weights(parameters), at::kCPU);
  const at::Tensor pixels = seeded_normal({1, 3, 5, 16, 16}, 2).clamp(-1, 1);
  const Vae::Moments moments = vae.moments(pixels);
  EXPECT_NEAR(moments.log_variance.mean().item<double>(), -6, 0.5);
  EXPECT_GT(moments.mean.std().item<double>(), 1e-3) << "the latents see the picture";
  EXPECT_LT(vae.decode_raw(moments.mean).abs().max().item<double>(), 10);
}

TEST(Initialize, AVaeBeginsByLookingAtTheCurrentFrame) {
  const auto parameters = new_vae_parameters(1);
  for (const auto& [name, tensor] : parameters->named()) {
    if (tensor.dim() != 5 || tensor.size(2) != 3 || name.ends_with("conv2.weight")) continue;
    const double past = tensor.narrow(2, 0, 2).abs().mean().item<double>();
    EXPECT_LT(past, 0.2 * tensor.select(2, 2).abs().mean().item<double>()) << name;
  }
}

}  // namespace
}  // namespace clipmill
