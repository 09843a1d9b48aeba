#include "recipe/batch_fields.h"

namespace clipmill {
namespace {

using BatchFields = std::vector<RecipeField<BatchRecipe>>;

#define AT(member) \
  [](auto& r) -> auto& { return r.member; }

/// A whole recipe as text: longer than texts are otherwise.
std::string recipe_text(const nlohmann::json& value) {
  if (!value.is_string()) throw input_error("must be a text");
  return value.get<std::string>();
}

/// One size and length, without a weight.
Bucket bucket_from(const nlohmann::json& value) {
  const std::vector<Bucket> buckets = buckets_of(nlohmann::json::array({value}));
  return buckets.front();
}

BatchFields make_batch_fields() {
  BatchFields fields;
  FieldMaker<BatchRecipe> make(fields, "");
  make.add(
      "train", [](BatchRecipe& r, const nlohmann::json& value) { r.train = recipe_text(value); },
      [](const BatchRecipe& r) { return r.train.empty() ? nlohmann::json() : nlohmann::json(r.train); },
      "a training recipe; without it: clips of `model`");
  make.flag("vae", AT(vae), "of the training: the VAE, not the transformer");
  make.text("model", AT(model), "folder in the Diffusers layout");
  make.add(
      "clips", [](BatchRecipe& r, const nlohmann::json& value) { r.bucket = bucket_from(value); },
      [](const BatchRecipe& r) { return buckets_json({r.bucket}).front(); }, "size and length");
  make.integer("steps", AT(steps), 1, 1000, "denoising steps of a clip");
  make.number("guidance", AT(guidance), 0, 100, "classifier-free guidance scale");
  make.precision("precision", AT(precision), "fp32, bf16 or fp16");
  make.bytes("memory", AT(memory), "on the device; default: all there is");
  make.integer("largest", AT(largest), 1, 1 << 20, "the largest number worth knowing");
  make.number("most_seconds", AT(most_seconds), 0.001, 1e6,
              "a batch that would take longer counts as too large");
  return fields;
}

#undef AT

}  // namespace

std::span<const RecipeField<BatchRecipe>> batch_fields() {
  static const BatchFields fields = make_batch_fields();
  return fields;
}

}  // namespace clipmill
