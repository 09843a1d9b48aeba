#include "train/lora_training.h"

#include <cmath>
#include <map>

#include "base/error.h"
#include "model/lora_file.h"

namespace clipmill {
namespace {

const std::string kA = ".lora_A.weight", kB = ".lora_B.weight";

double scale_of(const LoraRecipe& recipe) {
  return (recipe.alpha > 0 ? recipe.alpha : recipe.rank) / recipe.rank;
}

/// Layers below a block, by target.
const std::map<std::string, std::vector<std::string>>& targets_table() {
  static const std::map<std::string, std::vector<std::string>> table = {
      {"q", {"attn1.to_q", "attn2.to_q"}},      {"k", {"attn1.to_k", "attn2.to_k"}},
      {"v", {"attn1.to_v", "attn2.to_v"}},      {"o", {"attn1.to_out.0", "attn2.to_out.0"}},
      {"ffn", {"ffn.net.0.proj", "ffn.net.2"}},
  };
  return table;
}

/// The base's weights, and what is trained beside them.
class BaseWithLora : public WeightStore {
 public:
  BaseWithLora(std::shared_ptr<const WeightStore> base, std::shared_ptr<const WeightStore> trained,
               double scale)
      : base_(std::move(base)), trained_(std::move(trained)), scale_(scale) {}

  at::Tensor tensor(const std::string& name) const override { return base_->tensor(name); }
  bool has(const std::string& name) const override { return base_->has(name); }
  std::vector<LowRank> low_rank(const std::string& name) const override {
    if (!trained_->has(name + kA)) return {};
    return {{trained_->tensor(name + kA), trained_->tensor(name + kB), scale_}};
  }

 private:
  std::shared_ptr<const WeightStore> base_, trained_;
  double scale_;
};

}  // namespace

std::vector<std::string> lora_layers(const TransformerConfig& transformer,
                                     const std::vector<std::string>& targets) {
  std::vector<std::string> layers;
  for (int block = 0; block < transformer.num_layers; ++block) {
    for (const std::string& target : targets) {
      const auto found = targets_table().find(target);
      if (found == targets_table().end())
        throw input_error("lora.targets: there is no \"{}\"; there are q, k, v, o and ffn", target);
      for (const std::string& layer : found->second)
        layers.push_back(fmt::format("blocks.{}.{}", block, layer));
    }
  }
  return layers;
}

void add_lora_parameters(Parameters& parameters, const TransformerConfig& transformer,
                         const LoraRecipe& recipe, std::uint64_t seed, at::Device device) {
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const TensorSpec& spec : transformer_layout(transformer)) shapes[spec.name] = spec.shape;
  std::vector<TensorSpec> layout;
  for (const std::string& layer : lora_layers(transformer, recipe.targets)) {
    const auto& shape = shapes.at(layer + ".weight");
    layout.push_back({layer + kA, {recipe.rank, shape[1]}});
    layout.push_back({layer + kB, {shape[0], recipe.rank}});
  }
  parameters.add_new(
      "", layout,
      [](const std::string& name, at::Tensor& t, at::Generator& generator) {
        const double bound = 1 / std::sqrt(static_cast<double>(t.size(1)));
        if (name.ends_with(kA)) t.uniform_(-bound, bound, generator);
      },
      seed, device);
}

MakeFlowModel model_with_lora(const ModelFolder& base, const LoraRecipe& recipe, at::ScalarType dtype,
                              at::Device device) {
  const auto weights =
      std::make_shared<CheckpointWeights>(base.transformer(), device, transformer_dtypes(dtype));
  return
      [&base, weights, dtype, device, scale = scale_of(recipe)](std::shared_ptr<const WeightStore> trained) {
        const auto store = std::make_shared<BaseWithLora>(weights, std::move(trained), scale);
        return FlowModel{TextEncoder(base.text_encoder_config(), base.text_encoder(), dtype, device),
                         Transformer(base.transformer_config(), Weights(store), dtype)};
      };
}

void write_trained_lora(const std::filesystem::path& file, const Parameters& trained,
                        const LoraRecipe& recipe) {
  LoraLayers layers;
  for (const auto& [name, tensor] : trained.named()) {
    if (!name.ends_with(kA)) continue;
    const std::string layer = name.substr(0, name.size() - kA.size());
    LoraLayer& lora = layers[layer];
    lora.a = tensor.detach();
    lora.b = trained.tensor(layer + kB).detach();
    lora.scale = scale_of(recipe);
  }
  write_lora(file, layers);
}

}  // namespace clipmill
