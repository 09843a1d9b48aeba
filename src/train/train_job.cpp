#include "train/train_job.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "base/atomic_file.h"
#include "model/tensor_io.h"
#include "recipe/recipe_json.h"
#include "train/batch_draw.h"
#include "train/clip_sheet.h"
#include "train/fingerprint.h"
#include "train/initialize.h"
#include "train/lora_training.h"
#include "train/model_writer.h"
#include "train/open_dataset.h"
#include "train/pixels_to_floats.h"
#include "train/tokenizer_trainer.h"
#include "train/training_record.h"

namespace clipmill {
void run_training(const JobSpec& job, const WorkContext& work) {
  TrainJob(job, train_recipe_from(job.recipe), work).run();
}

TrainJob::TrainJob(const JobSpec& job, TrainRecipe recipe, const WorkContext& work)
    : job_(job),
      recipe_(std::move(recipe)),
      work_(work),
      folder_(std::filesystem::path(job.output).parent_path()),
      state_folder_(folder_ / ".training"),
      log_(state_folder_),
      loop_(state_folder_, recipe_.watch, log_, work) {}

void TrainJob::run() {
  prepare();
  train_vae();
  cache_latents();
  train_transformer();
  write_checkpoint();
  measure();
  write_record();
}

void TrainJob::prepare() {
  const StageTimer timer(Stage::kPrepareData, work_.device, work_.clock, work_.report);
  if (!recipe_.base.empty()) base_.emplace(ModelFolder::open(recipe_.base));
  if (on_base()) {
    recipe_.vae = base_->vae_config();
    recipe_.text_encoder = base_->text_encoder_config();
    recipe_.transformer = base_->transformer_config();
  }
  data_ = open_dataset(recipe_.data, recipe_.seed, &skipped_);
  const auto spiece = state_folder_ / "tokenizer";
  if (on_base()) {
    tokenizer_files_ = read_tokenizer_files(base_->tokenizer_path().parent_path());
  } else {
    TrainedTokenizer trained = train_tokenizer(data_->captions(), recipe_.vocabulary);
    recipe_.text_encoder.vocab_size = trained.size;
    tokenizer_files_ = std::move(trained.files);
  }
  write_tokenizer_files(spiece, tokenizer_files_);
  tokenizer_.emplace(spiece / "spiece.model");
  timer.finish();
}

void TrainJob::train_vae() {
  auto parameters = std::make_shared<Parameters>();
  const auto layout = vae_layout(recipe_.vae);
  const at::Device device = work_.device.torch_device();
  if (on_base()) {
    parameters->add_copies("", layout, base_->vae(), device);
  } else {
    recipe_.vae.latents_mean.assign(static_cast<std::size_t>(recipe_.vae.z_dim), 0.0);
    recipe_.vae.latents_std.assign(static_cast<std::size_t>(recipe_.vae.z_dim), 1.0);
    parameters->add_new("", layout, vae_initializer(recipe_.vae), recipe_.seed, device);
  }
  vae_trainer_ = std::make_unique<VaeTrainer>(recipe_, *data_, parameters, device);
  if (vae_trainer_->steps() > 0) loop_.run(vae_phase());
  vae_parameters_ = vae_trainer_->average_store();
  vae_trainer_.reset();
  work_.device.trim();
}

Phase TrainJob::vae_phase() {
  return {Stage::kTrainVae,
          "vae",
          vae_fingerprint(recipe_),
          vae_trainer_->steps(),
          [this](int step) { return vae_trainer_->step(step); },
          [this] { return vae_trainer_->state(); },
          [this](const Parameters::Named& state, int next) { vae_trainer_->load(state, next); },
          [](int) {}};
}

void TrainJob::cache_latents() {
  const auto file = state_folder_ / "latents.safetensors", mark = state_folder_ / "latents.json";
  const std::string fingerprint = latents_fingerprint(recipe_);
  const bool known =
      std::filesystem::exists(file) && std::filesystem::exists(mark) && read_file(mark) == fingerprint;
  if (known) {
    latents_ = read_latents(file);
  } else {
    std::filesystem::remove(mark);
    latents_ = encode_clips();
    save_latents(file, latents_);
    write_file(mark, fingerprint);
  }
  if (on_base()) return;  // its transformer knows the base's statistics
  const LatentSet::Statistics statistics = latents_.statistics();
  recipe_.vae.latents_mean = statistics.mean;
  recipe_.vae.latents_std = statistics.std;
}

LatentSet TrainJob::encode_clips() {
  const StageTimer timer(Stage::kCacheLatents, work_.device, work_.clock, work_.report);
  const Vae vae = this->vae();
  double weights = 0;
  for (const Bucket& bucket : recipe_.data.buckets) weights += bucket.weight;
  const auto size = static_cast<double>(data_->size());
  LatentSet set;
  set.captions = data_->captions();
  std::int64_t first = 0;
  for (const Bucket& bucket : recipe_.data.buckets) {
    // A world draws as many different clips as wanted; a folder's are all used in every size.
    const bool world = !recipe_.data.world.empty();
    const std::int64_t count =
        world ? std::max<std::int64_t>(1, std::llround(size * bucket.weight / weights)) : data_->size();
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
  const int total =
      static_cast<int>(data_->size() * (recipe_.data.world.empty() ? recipe_.data.buckets.size() : 1));
  LatentBucket result{bucket, {}, {}};
  std::vector<at::Tensor> latents;
  for (std::int64_t i = 0; i < count; ++i) {
    work_.stop.check();
    const TrainingClip clip = data_->clip((first + i) % data_->size(), bucket);
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
  if (recipe_.train_transformer.optimizer.steps == 0) return;
  std::vector<TokenIds> tokens;
  for (const std::string& caption : latents_.captions) tokens.push_back(encode(caption));
  tokens.push_back(encode(""));
  flow_trainer_ = std::make_unique<FlowTrainer>(recipe_, latents_, std::move(tokens), new_parameters(),
                                                flow_model(), work_.device.torch_device());
  loop_.run(transformer_phase());
}

Phase TrainJob::transformer_phase() {
  return {Stage::kTrainTransformer,
          "transformer",
          transformer_fingerprint(recipe_),
          flow_trainer_->steps(),
          [this](int step) { return flow_trainer_->step(step); },
          [this] { return flow_trainer_->state(); },
          [this](const Parameters::Named& state, int) { flow_trainer_->load(state); },
          [this](int done) { watch_transformer(done); }};
}

std::shared_ptr<Parameters> TrainJob::new_parameters() const {
  const at::Device device = work_.device.torch_device();
  auto parameters = std::make_shared<Parameters>();
  if (low_rank()) {
    add_lora_parameters(*parameters, recipe_.transformer, recipe_.lora, recipe_.seed, device);
  } else if (on_base()) {
    parameters->add_copies("text_encoder.", text_encoder_layout(recipe_.text_encoder), base_->text_encoder(),
                           device);
    parameters->add_copies("transformer.", transformer_layout(recipe_.transformer), base_->transformer(),
                           device);
  } else {
    parameters->add_new("text_encoder.", text_encoder_layout(recipe_.text_encoder),
                        text_encoder_initializer(recipe_.text_encoder), recipe_.seed + 1, device);
    parameters->add_new("transformer.", transformer_layout(recipe_.transformer),
                        transformer_initializer(recipe_.transformer), recipe_.seed + 2, device);
  }
  return parameters;
}

MakeFlowModel TrainJob::flow_model() const {
  return low_rank() ? model_with_lora(*base_, recipe_.lora, scalar_type(recipe_.precision),
                                      work_.device.torch_device())
                    : whole_model(recipe_.text_encoder, recipe_.transformer);
}

void TrainJob::watch_transformer(int done) {
  const WatchRecipe& watch = recipe_.watch;
  const bool sample = watch.sample_every > 0 && done % watch.sample_every == 0;
  const bool evaluate =
      watch.evaluate_every > 0 && done % watch.evaluate_every == 0 && !recipe_.data.world.empty();
  if (!sample && !evaluate) return;
  const MeasuredAdherence measured = adherence(watch.evaluate_prompts);
  std::vector<bool> wrong = measured.right;
  wrong.flip();
  write_clip_sheet(state_folder_ / fmt::format("samples-{:06}.png", done), measured.clips, wrong);
  append_adherence(state_folder_ / "adherence.csv", done, measured.adherence);
}

MeasuredAdherence TrainJob::adherence(int prompts) const {
  AdherenceSettings settings;
  settings.prompts = prompts;
  settings.generate.bucket = recipe_.data.buckets.front();
  settings.generate.flow_shift = recipe_.flow_shift;
  return measure_adherence(
      flow_trainer_->averaged(), vae(), recipe_.vae,
      [this](const std::string& prompt) { return encode(prompt); }, settings, [this] { work_.stop.check(); },
      [](int) {});
}

void TrainJob::write_checkpoint() {
  if (!flow_trainer_) return;
  if (low_rank())
    return write_trained_lora(folder_ / "pytorch_lora_weights.safetensors", flow_trainer_->average(),
                              recipe_.lora);
  const Parameters& trained = flow_trainer_->average();
  write_model(folder_,
              {.vae_config = recipe_.vae,
               .text_encoder_config = recipe_.text_encoder,
               .transformer_config = recipe_.transformer,
               .vae = vae_parameters_->named(),
               .text_encoder = trained.below("text_encoder."),
               .transformer = trained.below("transformer."),
               .tokenizer = tokenizer_files_},
              recipe_.stored, recipe_.flow_shift);
}

void TrainJob::measure() {
  if (recipe_.data.world.empty() || recipe_.watch.evaluate_final == 0 || !flow_trainer_) return;
  const StageTimer timer(Stage::kEvaluate, work_.device, work_.clock, work_.report);
  measured_vae_ = measure_vae(vae(), recipe_.data.buckets.front(), kVaeClips, recipe_.seed + 1000,
                              [this] { work_.stop.check(); });
  adherence_ = adherence(recipe_.watch.evaluate_final);
  timer.finish();
}

void TrainJob::write_record() const {
  log_.write();
  for (const char* name : {"loss.csv", "loss.svg"})
    std::filesystem::copy_file(state_folder_ / name, folder_ / name,
                               std::filesystem::copy_options::overwrite_existing);
  write_file(job_.output, training_record(recipe_, log_, skipped_, adherence_ ? &*adherence_ : nullptr,
                                          measured_vae_ ? &*measured_vae_ : nullptr));
}

Vae TrainJob::vae() const { return Vae(recipe_.vae, Weights(vae_parameters_), work_.device.torch_device()); }

TokenIds TrainJob::encode(const std::string& prompt) const { return caption_tokens(*tokenizer_, prompt); }

}  // namespace clipmill
