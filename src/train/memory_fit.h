// Makes a training fit the memory it was given: chooses what its recipe leaves open, tells it, keeps it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "stages/work.h"
#include "train/flow_trainer.h"
#include "train/training_batch.h"

namespace clipmill {

/// A phase's place in what is chosen and recorded.
struct FitPhase {
  Stage stage;
  std::string name;         ///< of its file
  std::string fingerprint;  ///< of all that its result depends on
  int segments = 0;         ///< of the transformer, as the recipe says
};

using SearchBatch = std::function<FoundBatch(const BatchSearchLimits&)>;

class MemoryFit {
 public:
  /// `memory`: the recipe's, in bytes. Batches lie in `folder`.
  MemoryFit(std::int64_t memory, std::filesystem::path folder, const WorkContext& work);

  /// What batch = "auto" means in this phase: the knee of what `search` finds, `most` clips at the most.
  /// Found once and kept with what it was found for (the phase, memory, segments, device), so that a resumed
  /// run goes on with the same batch. Throws Error(kOutOfMemory) where not even one clip fits.
  int batch(const FitPhase& phase, const SearchBatch& search, std::int64_t most);
  /// By search_training_batch().
  int batch(const FitPhase& phase, const TrialSteps& trials, std::int64_t most);

  /// A step of the batch that was chosen ran out of memory all the same: the next search stays below it.
  void exceeded(const FitPhase& phase) const;

  /// What segments = "auto" means at `batch`; the trainer is set to it. Measured again in each attempt: the
  /// bytes of the result do not depend on it. Throws Error(kOutOfMemory) where no number fits.
  void segments(FlowTrainer& trainer, int batch);

  /// {"budget_bytes", and of each phase "batch" and "segments" as chosen, with what was measured}
  nlohmann::ordered_json record() const { return record_; }

 private:
  std::filesystem::path file_of(const FitPhase& phase) const;
  nlohmann::ordered_json asked(const FitPhase& phase) const;
  nlohmann::ordered_json known(const FitPhase& phase) const;
  nlohmann::ordered_json search_batch(const FitPhase& phase, const SearchBatch& search,
                                      std::int64_t most) const;
  FoundBatch search_under_budget(const SearchBatch& search, std::int64_t most) const;
  void tell(Stage stage, const std::string& text) const;

  std::int64_t budget_;  // bytes; 0: none known
  std::filesystem::path folder_;
  const WorkContext& work_;
  nlohmann::ordered_json record_;
};

}  // namespace clipmill
