#include "train/phase_loop.h"

#include <cmath>

#include "base/atomic_file.h"

namespace clipmill {
namespace {

/// The mean loss between two rows of the log.
struct Meter {
  double sum = 0;
  int count = 0;

  void add(double loss) { sum += loss, ++count; }
  double take() {
    const double mean = sum / count;
    *this = {};
    return mean;
  }
};

}  // namespace

void PhaseLoop::run(const Phase& phase) const {
  if (phase.steps == 0) return;
  const StageTimer timer(phase.stage, work_.device, work_.clock, work_.report);
  const int first = resume(phase);
  const double before = log_.seconds(phase.name), started = work_.clock.now();
  Meter meter;
  int saved = first;
  for (int step = first; step < phase.steps; ++step) {
    const StepResult result = phase.step(step);
    check_finite(phase, result, step, saved);
    meter.add(result.loss);
    const int done = step + 1;
    const bool last = done == phase.steps, stopping = work_.stop.is_set();
    if (done % watch_.log_every == 0 || last) {
      log_.add({phase.name, done, meter.take(), result.grad_norm, result.learning_rate,
                before + work_.clock.now() - started});
      work_.report(
          TrainingStep{phase.stage, done, log_.rows().back().loss, result.learning_rate, result.grad_norm});
    }
    timer.progress(done, phase.steps);
    if (done % watch_.save_every == 0 || last || stopping) {
      save(phase, done);
      saved = done;
    }
    work_.stop.check();
    phase.watch(done);
  }
  timer.finish();
}

/// The first step to do.
int PhaseLoop::resume(const Phase& phase) const {
  int next = 0;
  const auto file = state_file(phase);
  const bool known = std::filesystem::exists(file) && std::filesystem::exists(fingerprint_file(phase)) &&
                     read_file(fingerprint_file(phase)) == phase.fingerprint;
  if (known) {
    const SavedState saved = read_state(file);
    phase.load(saved.tensors, saved.next_step);
    next = saved.next_step;
  } else {
    std::filesystem::remove(file);
    write_file(fingerprint_file(phase), phase.fingerprint);
  }
  log_.rewind(phase.name, next);
  return next;
}

void PhaseLoop::save(const Phase& phase, int next_step) const {
  save_state(state_file(phase), {next_step, phase.state()});
  log_.write();
}

void PhaseLoop::check_finite(const Phase& phase, const StepResult& result, int step, int saved) const {
  if (result.skipped || (std::isfinite(result.loss) && std::isfinite(result.grad_norm))) return;
  throw Error(
      ErrorKind::kInput,
      fmt::format(
          "{}: at step {} the loss is {} and the gradient's norm {}; the state after step {} is kept in {}",
          to_string(phase.stage), step + 1, result.loss, result.grad_norm, saved, state_file(phase).string()),
      "a lower learning_rate, a smaller clip_norm or precision = \"fp32\" usually mends it");
}

}  // namespace clipmill
