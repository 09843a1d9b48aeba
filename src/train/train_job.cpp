#include "train/train_job.h"

#include <c10/util/Exception.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/atomic_file.h"
#include "base/error.h"
#include "recipe/product.h"
#include "recipe/recipe_json.h"
#include "train/budget_scope.h"
#include "train/content_hash.h"
#include "train/lora_training.h"
#include "train/memory_error.h"
#include "train/model_writer.h"
#include "train/phase_memory.h"
#include "train/training_record.h"

namespace clipmill {
namespace {

constexpr std::int64_t kLargestBatch = 4096;  // that "auto" takes
constexpr int kPatience = 200;                // tenths of a second
const std::chrono::milliseconds kTenth(100);

/// One run at a time in a folder. A worker whose daemon was killed goes on to the end of its step.
std::unique_ptr<FileLock> lock_when_free(const std::filesystem::path& file, const StopFlag& stop) {
  for (int left = kPatience;; --left) try {
      return std::make_unique<FileLock>(file);
    } catch (const Error& error) {
      if (left == 0 || error.kind() != ErrorKind::kInput) throw;
      stop.check();
      std::this_thread::sleep_for(kTenth);
    }
}

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
      lock_(lock_when_free(state_folder_ / "run", work.stop)),
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
  complete_model(folder_);
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
    run_phase(vae_phase(), [this](const FitPhase& phase) { return fit_vae(phase); });
  }
  vae_parameters_ = vae_trainer_->average_store();
  vae_hash_ = hash_of(*vae_parameters_);
  vae_trainer_.reset();
  work_.device.trim();
}

/// `fit_memory` sets the trainer to a batch that fits, and returns it.
void TrainJob::run_phase(Phase phase, const std::function<int(const FitPhase&)>& fit_memory) {
  const int segments = phase.stage == Stage::kTrainTransformer ? recipe().segments : 0;
  const FitPhase fit{phase.stage, phase.name, phase.fingerprint.text(), segments};
  phase.fingerprint.course[std::string(to_string(phase.stage))]["batch"] = fit_memory(fit);
  try {
    loop_.run(phase);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kOutOfMemory) fit_.exceeded(fit);
    throw;
  }
}

int TrainJob::fit_vae(const FitPhase& phase) {
  int batch = recipe().train_vae.optimizer.batch;
  if (batch == kAutoBatch) {
    batch = fit_.batch(phase, vae_trainer_->trials(), largest_batch());
    vae_trainer_->set_batch(batch);
  }
  return batch;
}

Surroundings TrainJob::surroundings() const {
  const std::string base = job_.inputs.empty() ? recipe().base : base_inputs(job_);
  return {setup_->data().identity(), setup_->on_base() ? base : "", vae_hash_};
}

std::int64_t TrainJob::largest_batch() const { return std::min(setup_->data().size(), kLargestBatch); }

Phase TrainJob::vae_phase() {
  return within_memory(
      {.stage = Stage::kTrainVae,
       .name = "vae",
       .fingerprint = vae_fingerprint(recipe(), surroundings()),
       .steps = vae_trainer_->steps(),
       .step = [this](int step) { return vae_trainer_->step(step); },
       .state = [this] { return vae_trainer_->state(); },
       .load = [this](const Parameters::Named& state, int next) { vae_trainer_->load(state, next); }},
      recipe().memory);
}

void TrainJob::cache_latents() {
  const auto file = state_folder_ / "latents.safetensors", mark = state_folder_ / "latents.json";
  const std::string fingerprint = latents_fingerprint(recipe(), surroundings());
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

/// A world's clips are shared among its sizes, a folder's are all taken in each.
std::vector<BucketClips> TrainJob::clips_to_encode() const {
  std::vector<BucketClips> clips;
  std::int64_t first = 0;
  for (const Bucket& bucket : recipe().data.buckets) {
    clips.push_back({bucket, first, setup_->clips_of(bucket)});
    if (!recipe().data.world.empty()) first += clips.back().count;
  }
  return clips;
}

LatentSet TrainJob::encode_clips() const {
  const StageTimer timer(Stage::kCacheLatents, work_.device, work_.clock, work_.report);
  const std::vector<BucketClips> clips = clips_to_encode();
  int total = 0;
  for (const BucketClips& bucket : clips) total += static_cast<int>(bucket.count);
  LatentSet set = clipmill::encode_clips(setup_->data(), clips, vae(), [&](int done) {
    work_.stop.check();
    timer.progress(done, total);
  });
  timer.finish();
  return set;
}

void TrainJob::train_transformer() {
  if (recipe().train_transformer.optimizer.steps == 0) return;
  flow_trainer_ = setup_->flow_trainer(latents_);
  watch_.emplace(state_folder_, recipe(), setup_->data().captions(), work_);
  run_phase(transformer_phase(), [this](const FitPhase& phase) { return fit_transformer(phase); });
}

int TrainJob::fit_transformer(const FitPhase& phase) {
  int batch = recipe().train_transformer.optimizer.batch;
  if (batch == kAutoBatch) {
    const auto search = [this](const BatchSearchLimits& limits) {
      return search_flow_batch(work_.device, *flow_trainer_, recipe().segments, limits,
                               [this] { work_.stop.check(); });
    };
    batch = fit_.batch(phase, search, largest_batch());
    flow_trainer_->set_batch(batch);
  }
  if (recipe().segments == kAutoSegments) fit_.segments(*flow_trainer_, batch);
  return batch;
}

Phase TrainJob::transformer_phase() {
  return within_memory({.stage = Stage::kTrainTransformer,
                        .name = "transformer",
                        .fingerprint = transformer_fingerprint(recipe(), surroundings()),
                        .steps = flow_trainer_->steps(),
                        .step = [this](int step) { return flow_trainer_->step(step); },
                        .state = [this] { return flow_trainer_->state(); },
                        .load = [this](const Parameters::Named& state, int) { flow_trainer_->load(state); },
                        .watch = [this](int done) { watch_transformer(done); },
                        .rewind = [this](int done) { watch_->rewind(done); },
                        .watched = [this] { return watch_->files(); }},
                       recipe().memory);
}

void TrainJob::watch_transformer(int done) const {
  if (watch_->due(done)) with_clips([&](const ClipSource& clips) { watch_->look(done, clips); });
}

void TrainJob::with_clips(const std::function<void(const ClipSource&)>& use) const {
  const FlowModel model = flow_trainer_->averaged();
  const Vae vae = this->vae();
  use({model, vae, recipe().vae, [this](const std::string& prompt) { return setup_->encode(prompt); }});
}

void TrainJob::write_checkpoint() const {
  switch (product_of(recipe())) {
    case Product::kLora:
      return write_trained_lora(folder_ / kLoraFile, flow_trainer_->average(), recipe().lora);
    case Product::kModel:
      return write_model_of(flow_trainer_ ? flow_trainer_->average() : *setup_->flow_parameters());
    case Product::kVae:
      return write_vae(folder_, recipe().vae, vae_parameters_->named(), recipe().stored);
  }
}

void TrainJob::write_model_of(const Parameters& flow) const {
  write_model(folder_,
              {.vae_config = recipe().vae,
               .text_encoder_config = recipe().text_encoder,
               .transformer_config = recipe().transformer,
               .vae = vae_parameters_->named(),
               .text_encoder = flow.below("text_encoder."),
               .transformer = flow.below("transformer."),
               .tokenizer = setup_->tokenizer_files()},
              recipe().stored, recipe().flow_shift);
}

void TrainJob::measure() {
  const int prompts = recipe().watch.evaluate_final;
  if (recipe().data.world.empty() || prompts == 0) return;
  const StageTimer timer(Stage::kEvaluate, work_.device, work_.clock, work_.report);
  const int total = kVaeClips + (flow_trainer_ ? prompts : 0);
  measured_vae_ = measure_vae(
      vae(), recipe().data.buckets.front(), kVaeClips, recipe().seed + 1000, [this] { work_.stop.check(); },
      [&](int done) { timer.progress(done, total); });
  if (flow_trainer_) {
    with_clips([&](const ClipSource& clips) {
      adherence_ =
          watch_->adherence(clips, prompts, [&](int done) { timer.progress(kVaeClips + done, total); });
    });
  }
  timer.finish();
}

void TrainJob::write_record() const {
  log_.write();
  for (const char* name : {"loss.csv", "loss.svg"})
    write_file(folder_ / name, read_file(state_folder_ / name));
  TrainingFacts facts{setup_->skipped(), fit_.record()};
  for (const char* phase : {"vae", "transformer"}) facts.changes[phase] = loop_.changes(phase);
  if (adherence_) facts.adherence = adherence_->adherence.json();
  if (measured_vae_) facts.vae = measured_vae_->json();
  write_file(job_.output, training_record(recipe(), log_, facts));
}

Vae TrainJob::vae() const { return Vae(recipe().vae, Weights(vae_parameters_), work_.device.torch_device()); }

}  // namespace clipmill
