#include "recipe/evaluate_fields.h"

#include <limits>

namespace clipmill {
namespace {

using EvaluateFields = std::vector<RecipeField<EvaluateRecipe>>;

#define AT(member) \
  [](auto& r) -> auto& { return r.member; }

EvaluateFields make_evaluate_fields() {
  EvaluateFields fields;
  FieldMaker<EvaluateRecipe> make(fields, "");
  make.text("model", AT(model), "folder in the Diffusers layout");
  make.text("output", AT(output), "folder for table, JSON and contact sheets");
  make.texts("loras", AT(loras), "LoRA files, each with :SCALE if it is not 1");
  make.integer("prompts", AT(prompts), 1, 100'000, "half of them combinations never trained");
  make.buckets("buckets", AT(buckets), "sizes and lengths to measure");
  make.integer("seed", AT(seed), 0, std::numeric_limits<std::int64_t>::max(),
               "of the noise and the choice of prompts");
  make.integer("steps", AT(steps), 1, 1000, "denoising steps");
  make.number("guidance", AT(guidance), 0, 100, "classifier-free guidance scale");
  make.integer("batch", AT(batch), 1, 1 << 16, "clips denoised together");
  make.precision("precision", AT(precision), "fp32, bf16 or fp16");
  return fields;
}

#undef AT

}  // namespace

std::span<const RecipeField<EvaluateRecipe>> evaluate_fields() {
  static const EvaluateFields fields = make_evaluate_fields();
  return fields;
}

}  // namespace clipmill
