#include "train/batch_job.h"

#include <c10/util/Exception.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "recipe/recipe_json.h"
#include "train/budget_scope.h"
#include "train/clip_batch.h"
#include "train/finished_model.h"
#include "train/measure_adherence.h"
#include "train/memory_error.h"
#include "train/training_batch.h"
#include "train/training_setup.h"

namespace clipmill {
namespace {

constexpr int kPrompts = 64;  // different ones

class BatchSearchJob {
 public:
  BatchSearchJob(const JobSpec& job, const WorkContext& work)
      : job_(job),
        work_(work),
        recipe_(batch_recipe_from(job.recipe)),
        limits_{recipe_.largest, search_budget(recipe_.memory, work.device), recipe_.most_seconds},
        cap_(work.device, limits_.budget) {}

  void run() try {
    const StageTimer timer(Stage::kFitMemory, work_.device, work_.clock, work_.report);
    const FoundBatch found = recipe_.train.empty() ? of_clips() : of_training();
    timer.finish();
    if (found.size.largest == 0)
      throw memory_error(part(), recipe_.train.empty() ? "one clip" : "a step of a single clip",
                         limits_.budget);
    nlohmann::ordered_json result = {{"budget_bytes", limits_.budget}};
    result.update(to_json(found));
    write_file(job_.output, result.dump(2) + "\n");
  } catch (const c10::OutOfMemoryError&) {
    throw memory_error(part(), "the model alone", limits_.budget);
  }

 private:
  /// What is measured, for whose need of memory there are different remedies.
  Stage part() const {
    if (recipe_.train.empty()) return Stage::kDenoise;
    return recipe_.vae ? Stage::kTrainVae : Stage::kTrainTransformer;
  }

  FoundBatch of_clips() const {
    const FinishedModel finished(recipe_.model, {}, recipe_.precision, work_.device.torch_device(),
                                 Vae::Parts::kDecoder);
    const auto encode = [&](const std::string& prompt) { return caption_tokens(finished.tokenizer, prompt); };
    std::vector<TokenIds> prompts;
    for (const shapes::Subject& subject : evaluation_subjects(kPrompts, 1))
      prompts.push_back(encode(caption(subject)));
    GenerateSettings settings{.bucket = recipe_.bucket, .steps = recipe_.steps, .guidance = recipe_.guidance};
    settings.scheduler = finished.folder.scheduler_config();
    ClipBatch clips(finished.model, finished.vae, finished.folder.vae_config(), std::move(prompts),
                    encode(""), settings, work_.clock, check());
    return search_batch([&](std::int64_t size) { return clips.probe(work_.device, size); }, limits_);
  }

  FoundBatch of_training() const {
    TrainingSetup setup(train_recipe_from(recipe_.train),
                        std::filesystem::path(job_.output).parent_path() / "tokenizer",
                        work_.device.torch_device());
    std::unique_ptr<VaeTrainer> vae = setup.vae_trainer();
    if (recipe_.vae) return search_training_batch(work_.device, vae->trials().checked(check()), limits_);
    const auto trained_vae = vae->average_store();  // what a run holds of it
    vae.reset();
    const LatentSet latents = blank_latents(setup);
    const std::unique_ptr<FlowTrainer> transformer = setup.flow_trainer(latents);
    return search_flow_batch(work_.device, *transformer, setup.recipe.segments, limits_, check());
  }

  /// As many and as large as the run's, since they take memory too; what they show plays no part.
  LatentSet blank_latents(const TrainingSetup& setup) const {
    LatentSet set{{}, setup.data().captions()};
    const auto captions = static_cast<std::int64_t>(set.captions.size());
    for (const Bucket& bucket : setup.recipe.data.buckets)
      set.buckets.push_back(
          clipmill::blank_latents(bucket, setup.recipe.vae, setup.clips_of(bucket), captions));
    return set;
  }

  std::function<void()> check() const {
    return [this] { work_.stop.check(); };
  }

  const JobSpec& job_;
  const WorkContext& work_;
  const BatchRecipe recipe_;
  const BatchSearchLimits limits_;
  const BudgetScope cap_;
};

}  // namespace

void run_batch_search(const JobSpec& job, const WorkContext& work) { BatchSearchJob(job, work).run(); }

}  // namespace clipmill
