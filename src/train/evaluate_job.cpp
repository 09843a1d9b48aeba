#include "train/evaluate_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "recipe/recipe_json.h"
#include "train/clip_sheet.h"
#include "train/finished_model.h"
#include "train/measure_adherence.h"

namespace clipmill {
namespace {

/// Of the sizes measured, until all are: the job's output tells that it is done.
constexpr const char* kSoFar = "evaluation.partial.json";

std::string name_of(const Bucket& b) { return fmt::format("{}x{}x{}", b.width, b.height, b.frames); }

void write_sheet(const std::filesystem::path& file, const MeasuredAdherence& measured) {
  std::vector<bool> wrong = measured.right;
  wrong.flip();
  write_clip_sheet(file, measured.clips, wrong);
}

class Evaluation {
 public:
  Evaluation(const JobSpec& job, const WorkContext& work)
      : job_(job),
        work_(work),
        recipe_(evaluate_recipe_from(job.recipe)),
        subject_(recipe_.model, recipe_.loras, recipe_.precision, work.device.torch_device()) {}

  void run() {
    const StageTimer timer(Stage::kEvaluate, work_.device, work_.clock, work_.report);
    const int of_each = recipe_.prompts + vae_clips(),
              total = of_each * static_cast<int>(recipe_.buckets.size());
    int before = 0;
    nlohmann::ordered_json sizes = nlohmann::ordered_json::object();
    for (const Bucket& bucket : recipe_.buckets) {
      sizes[name_of(bucket)] = measured(bucket, [&](int done) { timer.progress(before + done, total); });
      before += of_each;
      write(folder() / kSoFar, sizes);
    }
    timer.finish();
    write(job_.output, sizes);
    std::filesystem::remove(folder() / kSoFar);
  }

 private:
  std::filesystem::path folder() const { return std::filesystem::path(job_.output).parent_path(); }

  void write(const std::filesystem::path& file, const nlohmann::ordered_json& sizes) const {
    const nlohmann::ordered_json report = {
        {"model", recipe_.model}, {"recipe", to_json(recipe_)}, {"sizes", sizes}};
    write_file(file, report.dump(2) + "\n");
  }

  int vae_clips() const { return std::min(kVaeClips, recipe_.prompts); }

  nlohmann::ordered_json measured(const Bucket& bucket, const std::function<void(int done)>& progress) const {
    const auto check = [&] { work_.stop.check(); };
    const AdherenceSettings settings{
        {bucket, recipe_.steps, recipe_.guidance, subject_.folder.scheduler_config(), recipe_.seed},
        recipe_.prompts,
        recipe_.batch};
    const MeasuredAdherence clips = measure_adherence(source(), settings, check, progress);
    write_sheet(folder() / (name_of(bucket) + ".png"), clips);
    const MeasuredVae vae = measure_vae(subject_.vae, bucket, vae_clips(), recipe_.seed, check,
                                        [&](int done) { progress(recipe_.prompts + done); });
    return {{"adherence", clips.adherence.json()}, {"table", clips.adherence.table()}, {"vae", vae.json()}};
  }

  ClipSource source() const {
    return {subject_.model, subject_.vae, subject_.folder.vae_config(),
            [this](const std::string& prompt) { return caption_tokens(subject_.tokenizer, prompt); }};
  }

  const JobSpec& job_;
  const WorkContext& work_;
  const EvaluateRecipe recipe_;
  const FinishedModel subject_;
};

}  // namespace

void run_evaluation(const JobSpec& job, const WorkContext& work) { Evaluation(job, work).run(); }

}  // namespace clipmill
