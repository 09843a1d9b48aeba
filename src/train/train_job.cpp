#include "train/train_job.h"

#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/atomic_file.h"
#include "recipe/recipe_json.h"
#include "train/budget_scope.h"
#include "train/clip_sheet.h"
#include "train/fingerprint.h"
#include "train/lora_training.h"
#include "train/memory_error.h"
#include "train/model_writer.h"
#include "train/phase_memory.h"
#include "train/pixels_to_floats.h"
#include "train/training_record.h"

namespace clipmill {
namespace {

constexpr std::int64_t kLargestBatch = 4096;  // that "auto" takes

}  // namespace

void run_training(const JobSpec& job, const WorkContext& work) {
  TrainRecipe recipe = train_recipe_from(job.recipe);
  const BudgetScope budget(work.device, recipe.memory);
  TrainJob(job, std::move(recipe), work).run();
}

TrainJob::TrainJob(const JobSpec& job, TrainRecipe recipe, const WorkContext& work)
    : job_(job),
      asked_(std::move(recipe)),
      work_(work),
      folder_(std::filesystem::path(job.output).parent_path()),
      state_folder_(folder_ / ".training"),
      log_(state_folder_),
      loop_(state_folder_, asked_.watch, log_, work),
      fit_(asked_.memory, state_folder_, work) {}

void TrainJob::run() {
  in_memory(Stage::kPrepareData, [&] { prepare(); });
  in_memory(Stage::kTrainVae, [&] { train_vae(); });
  in_memory(Stage::kCacheLatents, [&] { cache_latents(); });
  in_memory(Stage::kTrainTransformer, [&] { train_transformer(); });
  in_memory(Stage::kEvaluate, [&] {
    write_checkpoint();
    measure();
  });
  write_record();
}

/// Steps tell better what did not fit (phase_memory.h); this is for everything around them.
void TrainJob::in_memory(Stage stage, const std::function<void()>& part) const try {
  part();
} catch (const c10::OutOfMemoryError&) {
  throw memory_error(stage, "this part of the run", asked_.memory, "; what was saved before is kept");
}

void TrainJob::prepare() {
  const StageTimer timer(Stage::kPrepareData, work_.device, work_.clock, work_.report);
  setup_.emplace(asked_, state_folder_ / "tokenizer", work_.device.torch_device());
  if (const auto& skipped = setup_->skipped(); !skipped.empty()) {
    work_.report(Notice{Stage::kPrepareData, fmt::format("left out of {}:\n  {}", asked_.data.folder,
                                                         fmt::join(skipped, "\n  "))});
  }
  timer.finish();
}

void TrainJob::train_vae() {
  vae_trainer_ = setup_->vae_trainer();
  if (vae_trainer_->steps() > 0) {
    const Phase phase = vae_phase();
    if (recipe().train_vae.optimizer.batch == kAutoBatch)
      vae_trainer_->set_batch(
          fit_.batch({phase.stage, phase.name, phase.fingerprint}, vae_trainer_->trials(), largest_batch()));
    loop_.run(phase);
  }
  vae_parameters_ = vae_trainer_->average_store();
  vae_trainer_.reset();
  work_.device.trim();
}

std::int64_t TrainJob::largest_batch() const { return std::min(setup_->data().size(), kLargestBatch); }

Phase TrainJob::vae_phase() {
  return within_memory(
      {Stage::kTrainVae, "vae", vae_fingerprint(recipe(), setup_->data().identity()), vae_trainer_->steps(),
       [this](int step) { return vae_trainer_->step(step); }, [this] { return vae_trainer_->state(); },
       [this](const Parameters::Named& state, int next) { vae_trainer_->load(state, next); }, [](int) {}},
      recipe().memory);
}

void TrainJob::cache_latents() {
  const auto file = state_folder_ / "latents.safetensors", mark = state_folder_ / "latents.json";
  const std::string fingerprint = latents_fingerprint(recipe(), setup_->data().identity());
  if (auto cached = cached_latents(file, mark, fingerprint)) {
    latents_ = std::move(*cached);
  } else {
    latents_ = encode_clips();
    clipmill::cache_latents(file, mark, fingerprint, latents_);
  }
  if (setup_->on_base()) return;  // its transformer knows the base's statistics
  const LatentSet::Statistics statistics = latents_.statistics();
  recipe().vae.latents_mean = statistics.mean;
  recipe().vae.latents_std = statistics.std;
}

LatentSet TrainJob::encode_clips() {
  const StageTimer timer(Stage::kCacheLatents, work_.device, work_.clock, work_.report);
  const Vae vae = this->vae();
  LatentSet set;
  set.captions = setup_->data().captions();
  std::int64_t first = 0;
  for (const Bucket& bucket : recipe().data.buckets) {
    const std::int64_t count = setup_->clips_of(bucket);
    const bool world = !recipe().data.world.empty();
    set.buckets.push_back(
        encode_bucket(vae, bucket, world ? first : 0, count, set.captions, static_cast<int>(first)));
    first += count;
  }
  timer.finish();
  return set;
}

LatentBucket TrainJob::encode_bucket(const Vae& vae, const Bucket& bucket, std::int64_t first,
                                     std::int64_t count, std::vector<std::string>& captions,
                                     int already_done) const {
  const c10::NoGradGuard no_grad;
  const Dataset& data = setup_->data();
  const int total =
      static_cast<int>(data.size() * (recipe().data.world.empty() ? recipe().data.buckets.size() : 1));
  LatentBucket result{bucket, {}, {}};
  std::vector<at::Tensor> latents;
  for (std::int64_t i = 0; i < count; ++i) {
    work_.stop.check();
    const TrainingClip clip = data.clip((first + i) % data.size(), bucket);
    const at::Tensor pixels = to_floats(clip.pixels.unsqueeze(0)).to(work_.device.torch_device());
    latents.push_back(vae.moments(pixels).mean.contiguous().cpu());
    const auto found = std::ranges::find(captions, clip.caption);
    result.captions.push_back(found - captions.begin());
    if (found == captions.end()) captions.push_back(clip.caption);
    work_.report(StageProgress{Stage::kCacheLatents, already_done + static_cast<int>(i) + 1, total});
  }
  result.latents = at::cat(latents);
  return result;
}

void TrainJob::train_transformer() {
  if (recipe().train_transformer.optimizer.steps == 0) return;
  flow_trainer_ = setup_->flow_trainer(latents_);
  const Phase phase = transformer_phase();
  fit_transformer(phase);
  loop_.run(phase);
}

void TrainJob::fit_transformer(const Phase& phase) {
  int batch = recipe().train_transformer.optimizer.batch;
  if (batch == kAutoBatch) flow_trainer_->set_batch(batch = fit_transformer_batch(phase));
  if (recipe().segments == kAutoSegments) fit_.segments(*flow_trainer_, batch);
}

/// Without segments, which cost time, unless not even one clip fits without them.
int TrainJob::fit_transformer_batch(const Phase& phase) {
  const FitPhase fit{phase.stage, phase.name, phase.fingerprint};
  try {
    return fit_.batch(fit, flow_trainer_->trials(), largest_batch());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kOutOfMemory || recipe().segments != kAutoSegments) throw;
  }
  flow_trainer_->set_segments(flow_trainer_->blocks());
  return fit_.batch(fit, flow_trainer_->trials(), largest_batch());
}

Phase TrainJob::transformer_phase() {
  return within_memory(
      {Stage::kTrainTransformer, "transformer", transformer_fingerprint(recipe(), setup_->data().identity()),
       flow_trainer_->steps(), [this](int step) { return flow_trainer_->step(step); },
       [this] { return flow_trainer_->state(); },
       [this](const Parameters::Named& state, int) { flow_trainer_->load(state); },
       [this](int done) { watch_transformer(done); }},
      recipe().memory);
}

void TrainJob::watch_transformer(int done) {
  const WatchRecipe& watch = recipe().watch;
  const bool sample = watch.sample_every > 0 && done % watch.sample_every == 0;
  const bool evaluate =
      watch.evaluate_every > 0 && done % watch.evaluate_every == 0 && !recipe().data.world.empty();
  if (!sample && !evaluate) return;
  const MeasuredAdherence measured = adherence(watch.evaluate_prompts);
  std::vector<bool> wrong = measured.right;
  wrong.flip();
  write_clip_sheet(state_folder_ / fmt::format("samples-{:06}.png", done), measured.clips, wrong);
  append_adherence(state_folder_ / "adherence.csv", done, measured.adherence);
}

/// In smaller batches where the memory is short: clips depend on their batch by rounding only.
MeasuredAdherence TrainJob::adherence(int prompts) const {
  AdherenceSettings settings;
  settings.prompts = prompts;
  settings.generate.bucket = recipe().data.buckets.front();
  settings.generate.flow_shift = recipe().flow_shift;
  for (;; settings.batch /= 2) try {
      return adherence(settings);
    } catch (const c10::OutOfMemoryError&) {
      if (settings.batch == 1) throw;
      work_.device.trim();
    }
}

MeasuredAdherence TrainJob::adherence(const AdherenceSettings& settings) const {
  return measure_adherence(
      flow_trainer_->averaged(), vae(), recipe().vae,
      [this](const std::string& prompt) { return setup_->encode(prompt); }, settings,
      [this] { work_.stop.check(); }, [](int) {});
}

void TrainJob::write_checkpoint() {
  if (!flow_trainer_) return;
  if (setup_->low_rank())
    return write_trained_lora(folder_ / "pytorch_lora_weights.safetensors", flow_trainer_->average(),
                              recipe().lora);
  const Parameters& trained = flow_trainer_->average();
  write_model(folder_,
              {.vae_config = recipe().vae,
               .text_encoder_config = recipe().text_encoder,
               .transformer_config = recipe().transformer,
               .vae = vae_parameters_->named(),
               .text_encoder = trained.below("text_encoder."),
               .transformer = trained.below("transformer."),
               .tokenizer = setup_->tokenizer_files()},
              recipe().stored, recipe().flow_shift);
}

void TrainJob::measure() {
  if (recipe().data.world.empty() || recipe().watch.evaluate_final == 0 || !flow_trainer_) return;
  const StageTimer timer(Stage::kEvaluate, work_.device, work_.clock, work_.report);
  measured_vae_ = measure_vae(vae(), recipe().data.buckets.front(), kVaeClips, recipe().seed + 1000,
                              [this] { work_.stop.check(); });
  adherence_ = adherence(recipe().watch.evaluate_final);
  timer.finish();
}

void TrainJob::write_record() const {
  log_.write();
  for (const char* name : {"loss.csv", "loss.svg"})
    std::filesystem::copy_file(state_folder_ / name, folder_ / name,
                               std::filesystem::copy_options::overwrite_existing);
  write_file(job_.output,
             training_record(recipe(), log_, setup_->skipped(), fit_.record(),
                             adherence_ ? &*adherence_ : nullptr, measured_vae_ ? &*measured_vae_ : nullptr));
}

Vae TrainJob::vae() const { return Vae(recipe().vae, Weights(vae_parameters_), work_.device.torch_device()); }

}  // namespace clipmill
