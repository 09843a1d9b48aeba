// What `cost` predicts of a component under a memory plan, beside what the allocator counts.
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "base/half_units.h"
#include "cost/text_encoder_work.h"
#include "cost/transformer_work.h"
#include "model/lora_weights.h"
#include "model/random_weights.h"
#include "model/tensor_io.h"
#include "model/text_encoder.h"
#include "model/transformer.h"
#include "vram/device.h"

namespace clipmill {
namespace {

constexpr double kUnder = 0.02, kOver = 0.05;

/// `late`: bytes of what is streamed that may not be there at the peak, where the next layer comes late.
void expect_predicted(double predicted, double measured, double late = 0) {
  const double off = predicted / measured - 1;
  EXPECT_GE(off, -kUnder) << "predicted " << predicted / 1e6 << " MB, measured " << measured / 1e6;
  EXPECT_LE((predicted - late) / measured - 1, kOver)
      << "predicted " << predicted / 1e6 << " MB, measured " << measured / 1e6;
  if (std::getenv("CLIPMILL_PRINT"))
    printf("  %8.2f MB measured, predicted %+.2f %%\n", measured / 1e6, 100 * off);
}

BlockStorage storage(bool streamed) { return streamed ? BlockStorage::kStreamed : BlockStorage::kResident; }

/// Bytes above what was held when it began.
class Above {
 public:
  explicit Above(Device& device) : device_(device), before_(device.memory().current) { device.reset_peak(); }
  double peak() const { return static_cast<double>(device_.memory().peak - before_); }

 private:
  Device& device_;
  std::int64_t before_;
};

struct Shape {
  const char* name;
  TransformerConfig config;
  std::vector<std::int64_t> latents;
  int text_tokens;
};

const Shape kShapes[] = {
    {"narrow",
     {.num_attention_heads = 6, .attention_head_dim = 64, .text_dim = 64, .ffn_dim = 1536, .num_layers = 2},
     {1, 16, 2, 72, 80},
     40},
    {"small",
     {.num_attention_heads = 6, .attention_head_dim = 64, .text_dim = 64, .ffn_dim = 1536, .num_layers = 4},
     {1, 16, 5, 16, 16},
     40},
    {"as1_3B",
     {.num_attention_heads = 3, .attention_head_dim = 128, .text_dim = 64, .ffn_dim = 2240, .num_layers = 3},
     {1, 16, 3, 60, 60},
     512},
};

struct Case {
  Shape shape;
  Precision precision;
  DenoisePlan plan;

  friend void PrintTo(const Case& c, std::ostream* out) { *out << c.shape.name; }
};

class TransformerMemory : public testing::TestWithParam<Case> {};

TEST_P(TransformerMemory, IsAsPredicted) {
  const c10::NoGradGuard no_grad;
  const auto device = open_device("cpu");
  const auto& [shape, precision, plan] = GetParam();
  const at::ScalarType type = scalar_type(precision);
  const double bytes = precision == Precision::kFp32 ? 4 : 2;
  const auto weights =
      std::make_shared<RandomWeights>(transformer_layout(shape.config), transformer_dtypes(type));
  const at::Tensor latents = at::randn(shape.latents);
  const at::Tensor embeds = at::randn({1, shape.text_tokens, shape.config.text_dim}).to(type);

  const Above above(*device);
  std::shared_ptr<const WeightStore> store = weights;
  if (plan.int8) store = std::make_shared<Int8Store>(weights, "blocks.");
  const Transformer transformer(shape.config, Weights(store), type, storage(plan.streamed));
  const Rope rope = transformer.rope(latents);
  const std::int64_t tokens = rope.rotation().size(1);
  const bool together = prompts_together(plan, tokens * shape.config.inner_dim());
  std::vector<TextContext> texts = {transformer.text_context(together ? at::cat({embeds, embeds}) : embeds)};
  if (!together) texts.push_back(transformer.text_context(embeds));
  std::vector<const TextContext*> all;
  for (const TextContext& text : texts) all.push_back(&text);
  transformer.velocities(latents, at::full({1}, 500.0f), all, rope, plan.chunks);

  const LayeredWeights held = transformer_weights(shape.config, precision, plan.int8);
  const double activations = transformer_activations(
      shape.config, static_cast<double>(tokens), shape.text_tokens, 2, plan, precision, !has_half_units());
  expect_predicted(bytes * held.peak(plan.streamed, activations), above.peak(),
                   plan.streamed ? bytes * held.making : 0);
}

/// Of rank 4 on every linear layer of the blocks; and their bytes.
std::pair<LoraLayers, double> any_lora(const TransformerConfig& config) {
  LoraLayers layers;
  double bytes = 0;
  for (const TensorSpec& tensor : transformer_layout(config)) {
    if (!tensor.name.starts_with("blocks.") || tensor.shape.size() != 2) continue;
    LoraLayer& layer = layers[tensor.name.substr(0, tensor.name.rfind('.'))];
    layer.a = at::randn({4, tensor.shape[1]}), layer.b = at::randn({tensor.shape[0], 4});
    bytes += static_cast<double>(layer.a.nbytes() + layer.b.nbytes());
  }
  return {layers, bytes};
}

using LoraCase = std::tuple<Precision, bool>;
class LoraMemory : public testing::TestWithParam<LoraCase> {};

/// A step of a clip so small that making the weights takes the most.
TEST_P(LoraMemory, IsAsPredicted) {
  const c10::NoGradGuard no_grad;
  const auto device = open_device("cpu");
  const auto [precision, streamed] = GetParam();
  const TransformerConfig& config = kShapes[1].config;
  const at::ScalarType type = scalar_type(precision);
  const double bytes = precision == Precision::kFp32 ? 4 : 2;
  const auto exact =
      std::make_shared<RandomWeights>(transformer_layout(config), [](auto) { return at::kFloat; });
  const at::Tensor latents = at::randn({1, 16, 1, 4, 4}),
                   embeds = at::randn({1, 2, config.text_dim}).to(type);

  const Above above(*device);
  auto [layers, lora_bytes] = any_lora(config);
  const auto store = std::make_shared<LoraWeights>(exact, at::kCPU, transformer_dtypes(type),
                                                   std::vector<ScaledLora>{{std::move(layers), 1}});
  const Transformer transformer(config, Weights(store), type, storage(streamed));
  const TextContext text = transformer.text_context(embeds);
  transformer.velocities(latents, at::full({1}, 500.0f), {&text}, transformer.rope(latents), 1);

  const LayeredWeights weights = with_loras(transformer_weights(config, precision), lora_bytes / bytes);
  const double activations =
      transformer_activations(config, 4, 2, 1, {streamed}, precision, !has_half_units());
  expect_predicted(bytes * weights.peak(streamed, activations), above.peak(), bytes * weights.layer);
}

INSTANTIATE_TEST_SUITE_P(Fused, LoraMemory,
                         testing::Combine(testing::Values(Precision::kFp32, Precision::kBf16),
                                          testing::Bool()));

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Shape& shape : kShapes)
    for (const Precision precision : {Precision::kFp32, Precision::kBf16})
      for (const DenoisePlan& plan : {DenoisePlan{false, 1}, DenoisePlan{true, 1}, DenoisePlan{true, 4},
                                      DenoisePlan{false, 2, true}, DenoisePlan{true, 2, true}})
        all.push_back({shape, precision, plan});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Plans, TransformerMemory, testing::ValuesIn(cases()), [](const auto& info) {
  const Case& c = info.param;
  return std::string(c.shape.name) + (c.precision == Precision::kFp32 ? "_fp32" : "_bf16") +
         (c.plan.streamed ? "_streamed_" : "_resident_") + (c.plan.int8 ? "int8_" : "") +
         std::to_string(c.plan.chunks);
});

class TextEncoderMemory : public testing::TestWithParam<std::tuple<Precision, bool, int>> {};

TEST_P(TextEncoderMemory, IsAsPredicted) {
  const c10::NoGradGuard no_grad;
  const auto device = open_device("cpu");
  const auto [precision, streamed, tokens] = GetParam();
  const TextEncoderConfig config{
      .vocab_size = 100, .d_model = 512, .d_kv = 64, .d_ff = 1280, .num_layers = 4, .num_heads = 8};
  const at::ScalarType type = scalar_type(precision);
  const double bytes = precision == Precision::kFp32 ? 4 : 2;
  const auto weights =
      std::make_shared<RandomWeights>(text_encoder_layout(config), text_encoder_dtypes(type));
  const at::Tensor table = weights->tensor("shared.weight");
  const std::vector<std::int64_t> ids(static_cast<std::size_t>(tokens), 7);

  const Above above(*device);
  const TextEncoder encoder(config, Weights(weights), table, type, storage(streamed));
  encoder.encode(ids, tokens);
  const LayeredWeights held = text_encoder_weights(config, precision);
  const double activations = text_encoder_activations(config, tokens, precision, !has_half_units());
  expect_predicted(bytes * (held.held(streamed) + activations), above.peak(),
                   streamed ? bytes * held.layer : 0);
}

INSTANTIATE_TEST_SUITE_P(Plans, TextEncoderMemory,
                         testing::Combine(testing::Values(Precision::kFp32, Precision::kBf16,
                                                          Precision::kFp16),
                                          testing::Bool(), testing::Values(20, 512)));

}  // namespace
}  // namespace clipmill
