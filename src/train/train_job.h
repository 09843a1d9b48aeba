// A training run, from captions and clips to a finished checkpoint.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "base/file_lock.h"
#include "stages/work.h"
#include "train/encode_clips.h"
#include "train/flow_watch.h"
#include "train/memory_fit.h"
#include "train/phase_loop.h"
#include "train/training_setup.h"

namespace clipmill {

/// What a worker runs for JobKind::kTrain: `job.recipe` is a TrainRecipe. Goes on where an earlier attempt
/// ended, to the same bytes. The device's budget is the recipe's `memory` meanwhile. `job.output`
/// (training.json) is written last.
void run_training(const JobSpec& job, const WorkContext& work);

class TrainJob {
 public:
  TrainJob(const JobSpec& job, TrainRecipe recipe, const WorkContext& work);
  void run();

 private:
  void in_memory(Stage stage, const std::function<void()>& part) const;
  void prepare();
  void train_vae();
  void cache_latents();
  void train_transformer();
  void write_checkpoint() const;
  void write_model_of(const Parameters& flow) const;
  void measure();
  void write_record() const;

  Phase vae_phase();
  Phase transformer_phase();
  void run_phase(Phase phase, const std::function<int(const FitPhase&)>& fit_memory);
  int fit_vae(const FitPhase& phase);
  int fit_transformer(const FitPhase& phase);
  std::int64_t largest_batch() const;
  std::vector<BucketClips> clips_to_encode() const;
  LatentSet encode_clips() const;
  /// Calls `use` with the averaged model as it stands.
  void with_clips(const std::function<void(const ClipSource&)>& use) const;
  void watch_transformer(int done) const;
  Surroundings surroundings() const;

  Vae vae() const;
  /// With what was learned of the base and the data.
  TrainRecipe& recipe() { return setup_->recipe; }
  const TrainRecipe& recipe() const { return setup_->recipe; }

  const JobSpec& job_;
  const TrainRecipe asked_;
  const WorkContext& work_;
  std::filesystem::path folder_, state_folder_;
  std::unique_ptr<FileLock> lock_;
  TrainingLog log_;
  PhaseLoop loop_;
  MemoryFit fit_;

  std::optional<TrainingSetup> setup_;
  std::shared_ptr<const Parameters> vae_parameters_;  // as finished
  std::string vae_hash_;                              // of these
  LatentSet latents_;
  std::unique_ptr<VaeTrainer> vae_trainer_;
  std::unique_ptr<FlowTrainer> flow_trainer_;
  std::optional<FlowWatch> watch_;
  std::optional<MeasuredAdherence> adherence_;
  std::optional<MeasuredVae> measured_vae_;
};

}  // namespace clipmill
