#include "train/phase_memory.h"

#include <c10/util/Exception.h>

#include <memory>

#include "train/memory_error.h"

namespace clipmill {
namespace {

struct Progress {
  int done = 0, saved = 0;  // steps
};

StepResult step_within(const Phase& phase, int step, const Progress& progress, std::int64_t budget) try {
  return phase.step(step);
} catch (const c10::OutOfMemoryError&) {
  const std::string kept = progress.saved > 0
                               ? fmt::format("; the state after step {} is kept", progress.saved)
                               : "; nothing was saved before";
  throw memory_error(phase.stage, fmt::format("step {}", step + 1), budget, kept);
}

}  // namespace

Phase within_memory(Phase phase, std::int64_t budget) {
  const auto progress = std::make_shared<Progress>();
  Phase guarded = phase;
  guarded.step = [phase, progress, budget](int step) {
    const StepResult result = step_within(phase, step, *progress, budget);
    progress->done = step + 1;
    return result;
  };
  guarded.state = [phase, progress] {
    Parameters::Named state = phase.state();
    progress->saved = progress->done;
    return state;
  };
  guarded.load = [phase, progress](const Parameters::Named& state, int next_step) {
    phase.load(state, next_step);
    progress->done = progress->saved = next_step;
  };
  return guarded;
}

}  // namespace clipmill
