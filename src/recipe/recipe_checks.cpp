#include "recipe/recipe_checks.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "cost/limits.h"
#include "recipe/recipe_json.h"

namespace clipmill {
namespace {

using nlohmann::json;
constexpr std::array<std::string_view, 5> kTargets = {"q", "k", "v", "o", "ffn"};
constexpr std::array kModelSections = {"vae", "text_encoder", "transformer"};

class TrainChecks {
 public:
  TrainChecks(const TrainRecipe& recipe, const Given& given) : recipe_(recipe), given_(given) {}

  std::vector<RecipeProblem> all() {
    check_data();
    check_start();
    check_model();
    check_optimizer("/train_vae", recipe_.train_vae.optimizer);
    check_optimizer("/train_transformer", recipe_.train_transformer.optimizer);
    check_lora();
    if (problems_.empty()) check_buckets();
    return std::move(problems_);
  }

 private:
  void problem(std::string pointer, std::string message) {
    problems_.push_back({std::move(pointer), std::move(message)});
  }

  void check_data() {
    const DataRecipe& data = recipe_.data;
    if (recipe_.output.empty()) problem("/output", "output is missing: the folder of the model to be");
    if (data.world.empty() == data.folder.empty()) {
      problem("/data", data.world.empty() ? "data needs a folder, or world = \"shapes\""
                                          : "data.world and data.folder exclude each other");
    }
    if (!data.world.empty() && data.world != "shapes")
      problem("/data/world", fmt::format("data.world must be \"shapes\", not \"{}\"", data.world));
    if (data.buckets.empty()) problem("/data/buckets", "data.buckets needs at least one size and length");
    if (data.folder.empty()) return;
    for (const auto& [key, count] : {std::pair{"evaluate_every", recipe_.watch.evaluate_every},
                                     std::pair{"evaluate_final", recipe_.watch.evaluate_final}}) {
      if (count > 0)
        problem(fmt::format("/watch/{}", key),
                fmt::format("watch.{} measures the world of shapes only", key));
    }
  }

  int vae_steps() const { return recipe_.train_vae.optimizer.steps + recipe_.train_vae.decoder_steps; }

  /// From scratch or from a base: what has to be there, and what cannot.
  void check_start() {
    const int transformer_steps = recipe_.train_transformer.optimizer.steps;
    if (vae_steps() + transformer_steps == 0)
      problem("/train_transformer/steps",
              "nothing to train: give steps in [train_vae] or [train_transformer]");
    if (recipe_.base.empty()) return check_from_scratch();
    for (const char* section : kModelSections) {
      const std::string pointer = fmt::format("/{}", section);
      if (given_(pointer))
        problem(pointer, fmt::format("[{}] comes from the base model: leave it out", section));
    }
  }

  void check_from_scratch() {
    for (const char* section : kModelSections) {
      if (!given_(fmt::format("/{}", section)))
        problem("",
                fmt::format("[{}] is missing: without a base, the model's structure is given here", section));
    }
    if (recipe_.train_vae.optimizer.steps == 0)
      problem("/train_vae/steps", "train_vae.steps is 0: without a base, the VAE has to be trained");
  }

  /// By the same code that will read the finished checkpoint.
  template <typename Config>
  void check_config(const std::string& section, json settings) try {
    Config::from(ConfigFile(std::move(settings), section));
  } catch (const Error& error) {
    problem("/" + section, error.what());
  }

  void check_model() {
    if (recipe_.segments > recipe_.transformer.num_layers)
      problem("/segments", fmt::format("segments {} is more than the transformer's {} blocks",
                                       recipe_.segments, recipe_.transformer.num_layers));
    if (!recipe_.base.empty()) return;
    const json all = to_json(recipe_);
    json vae = all.at("vae");
    if (!vae.contains("latents_mean")) vae["latents_mean"] = std::vector<double>(recipe_.vae.z_dim, 0);
    if (!vae.contains("latents_std")) vae["latents_std"] = std::vector<double>(recipe_.vae.z_dim, 1);
    check_config<VaeConfig>("vae", std::move(vae));
    check_config<TextEncoderConfig>("text_encoder", all.at("text_encoder"));
    check_config<TransformerConfig>("transformer", all.at("transformer"));
    equal("transformer", "in_channels", recipe_.transformer.in_channels, "vae.z_dim", recipe_.vae.z_dim);
    equal("transformer", "out_channels", recipe_.transformer.out_channels, "vae.z_dim", recipe_.vae.z_dim);
    equal("transformer", "text_dim", recipe_.transformer.text_dim, "text_encoder.d_model",
          recipe_.text_encoder.d_model);
    if (recipe_.text_encoder.vocab_size < recipe_.vocabulary)
      problem("/text_encoder/vocab_size",
              fmt::format("text_encoder.vocab_size {} is less than vocabulary, {}",
                          recipe_.text_encoder.vocab_size, recipe_.vocabulary));
  }

  void equal(std::string_view section, std::string_view key, int value, std::string_view other,
             int expected) {
    if (value != expected)
      problem(fmt::format("/{}/{}", section, key),
              fmt::format("{}.{} must be {}, as {}, not {}", section, key, expected, other, value));
  }

  void check_optimizer(const std::string& pointer, const OptimizerRecipe& optimizer) {
    const std::string name = pointer.substr(1);
    if (optimizer.batch % optimizer.accumulate != 0)
      problem(pointer + "/accumulate", fmt::format("{}.batch {} does not divide into {} parts (accumulate)",
                                                   name, optimizer.batch, optimizer.accumulate));
    if (optimizer.steps > 0 && optimizer.warmup >= optimizer.steps && given_(pointer + "/warmup"))
      problem(pointer + "/warmup", fmt::format("{}.warmup {} leaves nothing of {} steps", name,
                                               optimizer.warmup, optimizer.steps));
  }

  void check_lora() {
    const LoraRecipe& lora = recipe_.lora;
    for (const std::string& target : lora.targets) {
      if (std::ranges::find(kTargets, target) == kTargets.end())
        problem("/lora/targets",
                fmt::format("lora.targets must be of {}, not \"{}\"", fmt::join(kTargets, ", "), target));
      if (std::ranges::count(lora.targets, target) > 1)
        problem("/lora/targets", fmt::format("lora.targets names \"{}\" twice", target));
    }
    if (lora.rank == 0) return;
    if (lora.targets.empty()) problem("/lora/targets", "lora.targets is empty: nothing would be trained");
    if (recipe_.base.empty()) problem("/lora/rank", "lora.rank needs a base: LoRA adds to a finished model");
    if (vae_steps() > 0) problem("/train_vae/steps", "train_vae.steps: LoRA trains the transformer only");
    if (recipe_.train_transformer.optimizer.steps == 0)
      problem("/train_transformer/steps", "train_transformer.steps is 0: LoRA trains the transformer");
  }

  void check_buckets() {
    const ModelLimits limits = limits_of(recipe_.vae, recipe_.transformer);
    check_sizes("/data/buckets", "data.buckets", recipe_.data.buckets, limits);
    ModelLimits vae_alone = limits;
    vae_alone.grid_width = vae_alone.grid_height = recipe_.vae.scale_factor_spatial;
    vae_alone.latent_frames_step = 1;
    vae_alone.max_positions = 1 << 20;
    check_sizes("/train_vae/buckets", "train_vae.buckets", recipe_.train_vae.buckets, vae_alone);
  }

  void check_sizes(const std::string& pointer, std::string_view name, const std::vector<Bucket>& buckets,
                   const ModelLimits& limits) {
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      ClipSpec clip;
      clip.width = buckets[i].width, clip.height = buckets[i].height, clip.frames = buckets[i].frames;
      for (const std::string& reason : violations(clip, limits))
        problem(fmt::format("{}/{}", pointer, i), fmt::format("{} number {}: {}", name, i + 1, reason));
    }
  }

  const TrainRecipe& recipe_;
  const Given& given_;
  std::vector<RecipeProblem> problems_;
};

}  // namespace

void derive(TrainRecipe& recipe, const Given& given) {
  const auto fill = [&](const char* pointer, int& setting, int value) {
    if (!given(pointer)) setting = value;
  };
  if (!recipe.data.folder.empty()) fill("/watch/evaluate_final", recipe.watch.evaluate_final, 0);
  if (!recipe.base.empty()) return;
  VaeConfig& vae = recipe.vae;
  const int pixels = 3 * vae.patch_size * vae.patch_size;
  fill("/vae/decoder_base_dim", vae.decoder_base_dim, vae.base_dim);
  fill("/vae/in_channels", vae.in_channels, pixels);
  fill("/vae/out_channels", vae.out_channels, pixels);
  fill("/vae/scale_factor_spatial", vae.scale_factor_spatial,
       vae.patch_size << std::clamp(vae.levels() - 1, 0, 8));
  fill("/vae/scale_factor_temporal", vae.scale_factor_temporal,
       1 << std::min<std::ptrdiff_t>(std::ranges::count(vae.temperal_downsample, true), 8));
  fill("/text_encoder/vocab_size", recipe.text_encoder.vocab_size, recipe.vocabulary);
  fill("/transformer/in_channels", recipe.transformer.in_channels, vae.z_dim);
  fill("/transformer/out_channels", recipe.transformer.out_channels, vae.z_dim);
  fill("/transformer/text_dim", recipe.transformer.text_dim, recipe.text_encoder.d_model);
}

std::vector<RecipeProblem> violations(const TrainRecipe& recipe, const Given& given) {
  return TrainChecks(recipe, given).all();
}

}  // namespace clipmill
