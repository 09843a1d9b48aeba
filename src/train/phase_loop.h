// The steps of one phase of a run, with its log, its saved states, and the way back to them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "core/stage.h"
#include "recipe/recipe.h"
#include "stages/work.h"
#include "train/phase_record.h"
#include "train/training_log.h"
#include "train/training_state.h"

namespace clipmill {

/// What a trainer is to the loop.
struct Phase {
  Stage stage;
  std::string name;  ///< of its log rows and its files
  Fingerprint fingerprint;
  int steps = 0;
  std::function<StepResult(int step)> step;
  std::function<Parameters::Named()> state;
  std::function<void(const Parameters::Named& state, int next_step)> load;
  /// Samples and measurements: after each step and, where a run goes on, once more after the last step
  /// before, since it may have ended in between.
  std::function<void(int done)> watch = [](int) {};
  std::function<void(int done)> rewind = [](int) {};  ///< forget what was watched after step `done`
  /// What was written of it, to be kept with a state that is set aside.
  std::function<std::vector<std::filesystem::path>()> watched = [] {
    return std::vector<std::filesystem::path>();
  };
};

class PhaseLoop {
 public:
  /// States and the log lie in `folder`.
  PhaseLoop(std::filesystem::path folder, const WatchRecipe& watch, TrainingLog& log, const WorkContext& work)
      : folder_(std::move(folder)), watch_(watch), log_(log), work_(work) {}

  /// Goes on where a saved state of the same subject ends, to the last step; tells and records when its
  /// course is another. The state of another subject is set aside and told. Throws Error(kInput) when loss or
  /// gradient are not finite (the last state from which a step was good stays), when fp16 overflows step
  /// after step, or when the saved state is damaged; and Error(kCancelled) when asked to stop, its state
  /// being saved.
  void run(const Phase& phase) const;

  /// PhaseRecord::changes of a phase that ran.
  nlohmann::ordered_json changes(const std::string& phase) const;

 private:
  /// Before which step it stands, and the losses that the log has not shown yet.
  struct Start {
    int step = 0;
    LossMeter loss;
  };
  Start resume(const Phase& phase) const;
  Start go_on(const Phase& phase, PhaseRecord record) const;
  void start_anew(const Phase& phase, const std::string& obstacle) const;
  static std::string obstacle_of(const Phase& phase, const std::optional<PhaseRecord>& before);
  Start load(const Phase& phase) const;
  void save(const Phase& phase, int next_step, const LossMeter& loss) const;
  int go_back(const Phase& phase, int saved) const;
  void check_sound(const Phase& phase, const StepResult& result, int skipped, int step, int saved) const;

  std::filesystem::path state_file(const Phase& phase) const {
    return folder_ / (phase.name + ".safetensors");
  }
  /// The state saved before it, until a step from the newer one was good.
  std::filesystem::path earlier_file(const Phase& phase) const {
    return folder_ / (phase.name + ".earlier.safetensors");
  }
  std::filesystem::path record_file(const std::string& phase) const { return folder_ / (phase + ".json"); }

  std::filesystem::path folder_;
  const WatchRecipe& watch_;
  TrainingLog& log_;
  const WorkContext& work_;
};

}  // namespace clipmill
