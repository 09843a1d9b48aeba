#include "train/evaluate_job.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "recipe/recipe_json.h"
#include "train/clip_sheet.h"
#include "train/finished_model.h"
#include "train/measure_adherence.h"

namespace clipmill {
namespace {

constexpr std::size_t kShown = 40;  // clips on a sheet

std::string name_of(const Bucket& b) { return fmt::format("{}x{}x{}", b.width, b.height, b.frames); }

void write_sheet(const std::filesystem::path& file, const MeasuredAdherence& measured) {
  const std::size_t count = std::min(kShown, measured.clips.size());
  std::vector<bool> wrong(measured.right.begin(),
                          measured.right.begin() + static_cast<std::ptrdiff_t>(count));
  wrong.flip();
  write_clip_sheet(
      file, {measured.clips.begin(), measured.clips.begin() + static_cast<std::ptrdiff_t>(count)}, wrong);
}

}  // namespace

void run_evaluation(const JobSpec& job, const WorkContext& work) {
  const EvaluateRecipe recipe = evaluate_recipe_from(job.recipe);
  const std::filesystem::path folder = std::filesystem::path(job.output).parent_path();
  const FinishedModel subject(recipe.model, recipe.loras, recipe.precision, work.device.torch_device());
  const auto check = [&] { work.stop.check(); };
  const auto encode = [&](const std::string& prompt) { return caption_tokens(subject.tokenizer, prompt); };
  const StageTimer timer(Stage::kEvaluate, work.device, work.clock, work.report);
  const int total = recipe.prompts * static_cast<int>(recipe.buckets.size());
  int before = 0;
  nlohmann::ordered_json sizes = nlohmann::ordered_json::object();
  for (const Bucket& bucket : recipe.buckets) {
    AdherenceSettings settings{
        {bucket, recipe.steps, recipe.guidance, subject.folder.scheduler_config().flow_shift, recipe.seed},
        recipe.prompts,
        recipe.batch};
    const MeasuredAdherence measured =
        measure_adherence(subject.model, subject.vae, subject.folder.vae_config(), encode, settings, check,
                          [&](int done) { timer.progress(before + done, total); });
    before += recipe.prompts;
    write_sheet(folder / (name_of(bucket) + ".png"), measured);
    const MeasuredVae vae = measure_vae(subject.vae, bucket, kVaeClips, recipe.seed, check);
    sizes[name_of(bucket)] = {{"adherence", measured.adherence.json()},
                              {"table", measured.adherence.table()},
                              {"vae", vae.json()}};
  }
  timer.finish();
  const nlohmann::ordered_json report = {
      {"model", recipe.model}, {"recipe", to_json(recipe)}, {"sizes", sizes}};
  write_file(job.output, report.dump(2) + "\n");
}

}  // namespace clipmill
