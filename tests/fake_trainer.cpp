// A worker without an engine: trains and measures at once, or as the recipe's seed asks.
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "checkpoint/test_folder.h"
#include "link/connection.h"
#include "link/messages.h"
#include "recipe/product.h"
#include "recipe/recipe_json.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kWaits = 2, kFails = 3, kDies = 4;

class FakeTrainer {
 public:
  void serve() {
    link_.send(link::encode(link::FromWorker(link::Hello{link::kVersion, "cpu:0", "none", 1})));
    while (const auto text = link_.receive()) {
      const auto message = link::decode_to_worker(*text);
      if (const auto* job = std::get_if<link::RunJob>(&message)) run(job->attempt);
    }
  }

 private:
  void tell(const Attempt& attempt, EventPayload what) {
    link_.send(link::encode(link::FromWorker(Event{attempt.job, attempt.id, "cpu:0", std::move(what)})));
  }

  void run(const Attempt& attempt) {
    if (attempt.spec.kind == JobKind::kTrain) return train(attempt, train_recipe_from(attempt.spec.recipe));
    if (attempt.spec.kind == JobKind::kBatch)
      return find_batch(attempt, batch_recipe_from(attempt.spec.recipe));
    const EvaluateRecipe recipe = evaluate_recipe_from(attempt.spec.recipe);
    finish(attempt, Stage::kEvaluate,
           {{"sizes", {{"64x64x17", {{"table", "shape  1.00\n"}, {"vae", {{"psnr_db", 35.25}}}}}}},
            {"recipe", to_json(recipe)}});
  }

  void find_batch(const Attempt& attempt, const BatchRecipe& recipe) {
    finish(attempt, Stage::kFitMemory,
           {{"budget_bytes", recipe.memory},
            {"largest", 5},
            {"fastest", 4},
            {"limited_by", "memory"},
            {"fixed_bytes", 1048576.0},
            {"bytes_per_clip", 2048.0},
            {"probes",
             {{{"clips", 4},
               {"fits", true},
               {"peak_bytes", 1056768},
               {"seconds", 2.0},
               {"clips_per_second", 2.0}},
              {{"clips", 8}, {"fits", false}}}},
            {"recipe", to_json(recipe)}});
  }

  void train(const Attempt& attempt, const TrainRecipe& recipe) {
    tell(attempt, StageStarted{Stage::kTrainVae});
    tell(attempt, Notice{Stage::kTrainVae, "batch 12 (the largest is 40, limited by memory)"});
    tell(attempt, TrainingStep{Stage::kTrainVae, 1, 0.5, 1e-3, 1});
    if (recipe.seed == kFails)
      return tell(attempt, JobFailed{ErrorKind::kInternal, "the loss became NaN", "a lower learning rate"});
    if (recipe.seed == kDies) ::_exit(3);
    if (recipe.seed == kWaits) {
      if (!link_.receive()) std::exit(0);
      return tell(attempt, JobFailed{ErrorKind::kCancelled, "cancelled", ""});
    }
    leave_product(recipe);
    finish(attempt, Stage::kTrainVae, {{"steps", recipe.train_vae.optimizer.steps}});
  }

  /// Of any structure: whether it is whole is what matters.
  static void leave_product(const TrainRecipe& recipe) {
    const fs::path shapes = fs::path(CLIPMILL_SOURCE_DIR) / "models/shapes", output = recipe.output;
    constexpr auto kAgain = fs::copy_options::recursive | fs::copy_options::overwrite_existing;
    switch (product_of(recipe)) {
      case Product::kModel:
        return fs::copy(shapes, output, kAgain);
      case Product::kVae:
        return fs::copy(shapes / "vae", output / "vae", kAgain);
      case Product::kLora:
        write_file(output / kLoraFile,
                   safetensors_bytes(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4));
    }
  }

  void finish(const Attempt& attempt, Stage stage, const nlohmann::json& result) {
    const std::string text = result.dump();
    write_file(attempt.spec.output, text);
    tell(attempt, StageFinished{stage, 0.5, 1000});
    tell(attempt, JobFinished{static_cast<std::int64_t>(text.size()), 0.5});
  }

  link::Connection link_{3};
};

}  // namespace
}  // namespace clipmill

int main() { clipmill::FakeTrainer().serve(); }
