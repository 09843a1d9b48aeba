// A training run, from captions and clips to a finished checkpoint.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "checkpoint/model_folder.h"
#include "model/tokenizer.h"
#include "stages/work.h"
#include "train/dataset.h"
#include "train/flow_trainer.h"
#include "train/measure_adherence.h"
#include "train/phase_loop.h"
#include "train/tokenizer_files.h"
#include "train/vae_trainer.h"

namespace clipmill {

/// What a worker runs for JobKind::kTrain: `job.recipe` is a TrainRecipe. Goes on where an earlier attempt
/// ended, to the same bytes. `job.output` (training.json) is written last.
void run_training(const JobSpec& job, const WorkContext& work);

class TrainJob {
 public:
  TrainJob(const JobSpec& job, TrainRecipe recipe, const WorkContext& work);
  void run();

 private:
  void prepare();
  void train_vae();
  void cache_latents();
  void train_transformer();
  void write_checkpoint();
  void measure();
  void write_record() const;

  Phase vae_phase();
  Phase transformer_phase();
  LatentSet encode_clips();
  LatentBucket encode_bucket(const Vae& vae, const Bucket& bucket, std::int64_t first, std::int64_t count,
                             std::vector<std::string>& captions, int already_done) const;
  std::shared_ptr<Parameters> new_parameters() const;
  MakeFlowModel flow_model() const;
  MeasuredAdherence adherence(int prompts) const;
  void watch_transformer(int done);

  bool on_base() const { return base_.has_value(); }
  bool low_rank() const { return recipe_.lora.rank > 0; }
  Vae vae() const;
  TokenIds encode(const std::string& prompt) const;

  const JobSpec& job_;
  TrainRecipe recipe_;
  const WorkContext& work_;
  std::filesystem::path folder_, state_folder_;
  TrainingLog log_;
  PhaseLoop loop_;

  std::optional<ModelFolder> base_;
  std::unique_ptr<Dataset> data_;
  std::vector<std::string> skipped_;
  TokenizerFiles tokenizer_files_;
  std::optional<Tokenizer> tokenizer_;
  std::shared_ptr<const Parameters> vae_parameters_;  // as finished
  LatentSet latents_;
  std::unique_ptr<VaeTrainer> vae_trainer_;
  std::unique_ptr<FlowTrainer> flow_trainer_;
  std::optional<MeasuredAdherence> adherence_;
  std::optional<MeasuredVae> measured_vae_;
};

}  // namespace clipmill
