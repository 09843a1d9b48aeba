#include "train/phase_loop.h"

#include <cmath>

#include "base/atomic_file.h"

namespace clipmill {
namespace {

/// fp16's scale has then fallen from 2¹⁶ below 2⁻³⁰: it is not the scale that makes the gradients overflow.
constexpr int kMostSkipped = 50;

/// Of a NaN without its sign, which means nothing.
std::string shown(double value) { return std::isnan(value) ? "NaN" : fmt::format("{}", value); }

}  // namespace

void PhaseLoop::run(const Phase& phase) const {
  if (phase.steps == 0) return;
  const StageTimer timer(phase.stage, work_.device, work_.clock, work_.report);
  const auto [first, unlogged] = resume(phase);
  const double before = log_.seconds(phase.name), started = work_.clock.now();
  LossMeter meter = unlogged;
  int saved = first, skipped = 0;
  if (first > 0) phase.watch(first);
  for (int step = first; step < phase.steps; ++step) {
    const StepResult result = phase.step(step);
    skipped = result.skipped ? skipped + 1 : 0;
    check_sound(phase, result, skipped, step, saved);
    if (step == saved) std::filesystem::remove(earlier_file(phase));
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
      save(phase, done, meter);
      saved = done;
    }
    work_.stop.check();
    phase.watch(done);
  }
  std::filesystem::remove(earlier_file(phase));
  timer.finish();
}

PhaseLoop::Start PhaseLoop::resume(const Phase& phase) const {
  remove_orphans_in(folder_);  // of an attempt that was killed while it saved
  const std::optional<PhaseRecord> before = read_record(record_file(phase.name));
  const std::string obstacle = std::filesystem::exists(state_file(phase)) ? obstacle_of(phase, before) : "";
  Start start;
  if (obstacle.empty() && before && std::filesystem::exists(state_file(phase))) {
    start = go_on(phase, *before);
  } else {
    start_anew(phase, obstacle);
  }
  log_.rewind(phase.name, start.step);
  phase.rewind(start.step);
  return start;
}

/// Why the phase cannot go on from its saved state; empty: it can.
std::string PhaseLoop::obstacle_of(const Phase& phase, const std::optional<PhaseRecord>& before) {
  if (!before) return "it is not known what it was trained on";
  if (before->fingerprint.subject != phase.fingerprint.subject)
    return differences(before->fingerprint.subject, phase.fingerprint.subject);
  if (before->broken && before->fingerprint != phase.fingerprint)
    return differences(before->fingerprint.course, phase.fingerprint.course) +
           ", and the saved state gives no finite loss";
  return "";
}

PhaseLoop::Start PhaseLoop::go_on(const Phase& phase, PhaseRecord record) const {
  const Start start = load(phase);
  if (record.fingerprint == phase.fingerprint) return start;
  const std::string change = differences(record.fingerprint.course, phase.fingerprint.course);
  work_.report(Notice{
      phase.stage, fmt::format("{}: goes on after step {}; --fresh would begin again", change, start.step)});
  record.fingerprint = phase.fingerprint;
  record.changes.push_back({{"step", start.step}, {"change", change}});
  write_record(record_file(phase.name), record);
  return start;
}

/// Keeps what is there.
void PhaseLoop::start_anew(const Phase& phase, const std::string& obstacle) const {
  if (std::filesystem::exists(state_file(phase))) {
    log_.write();
    std::vector<std::filesystem::path> files = phase.watched();
    files.insert(files.end(), {state_file(phase), earlier_file(phase), record_file(phase.name)});
    const auto folder = set_aside(folder_, files);
    std::filesystem::copy_file(folder_ / "loss.csv", folder / "loss.csv");
    work_.report(Notice{phase.stage, fmt::format("{}: begins again; its earlier state is kept in {}",
                                                 obstacle, folder.string())});
  }
  write_record(record_file(phase.name), {phase.fingerprint});
}

nlohmann::ordered_json PhaseLoop::changes(const std::string& phase) const {
  const auto record = read_record(record_file(phase));
  return record ? record->changes : nlohmann::ordered_json::array();
}

PhaseLoop::Start PhaseLoop::load(const Phase& phase) const try {
  const SavedState saved = read_state(state_file(phase));
  phase.load(saved.tensors, saved.next_step);
  return {saved.next_step, saved.loss};
} catch (const Error& error) {
  if (error.kind() != ErrorKind::kInput) throw;
  throw Error(error.kind(), error.what(),
              fmt::format("remove {}: the same command then begins {} again; --fresh begins everything again",
                          state_file(phase).string(), to_string(phase.stage)));
}

void PhaseLoop::save(const Phase& phase, int next_step, const LossMeter& loss) const {
  const std::filesystem::path state = state_file(phase), earlier = earlier_file(phase);
  if (std::filesystem::exists(state)) {
    std::filesystem::remove(earlier);
    std::error_code no_links;
    std::filesystem::create_hard_link(state, earlier, no_links);
    if (no_links) std::filesystem::copy_file(state, earlier);
  }
  save_state(state, {next_step, phase.state(), loss});
  log_.write();
}

/// From the saved state, whose very next step failed, to the one before it. The step that is kept.
int PhaseLoop::go_back(const Phase& phase, int saved) const {
  const std::filesystem::path state = state_file(phase), earlier = earlier_file(phase);
  if (!std::filesystem::exists(earlier) || std::filesystem::equivalent(state, earlier)) return saved;
  std::filesystem::rename(earlier, state);
  return read_state(state).next_step;
}

void PhaseLoop::check_sound(const Phase& phase, const StepResult& result, int skipped, int step,
                            int saved) const {
  const bool finite = std::isfinite(result.loss) && std::isfinite(result.grad_norm);
  if (result.skipped ? skipped < kMostSkipped : finite) return;
  const std::string what =
      result.skipped ? fmt::format("the gradients overflow fp16 in {} steps one after the other", skipped)
                     : fmt::format("the loss is {} and the gradient's norm {}", shown(result.loss),
                                   shown(result.grad_norm));
  const bool failed_at_once = saved > 0 && step == saved && !result.skipped;
  const int left = failed_at_once ? go_back(phase, saved) : saved;
  const std::string kept =
      left > 0 ? fmt::format("the state after step {} is kept in {}", left, state_file(phase).string())
               : "nothing was saved before";
  const bool broken = failed_at_once && left == saved;
  if (broken) write_record(record_file(phase.name), {phase.fingerprint, changes(phase.name), true});
  const std::string then = broken ? "begins this phase again, for the kept state fails as well"
                                  : "goes on from the last saved state";
  throw Error(
      ErrorKind::kInput, fmt::format("{}: at step {} {}; {}", to_string(phase.stage), step + 1, what, kept),
      fmt::format(
          "a lower learning_rate, a smaller clip_norm or precision = \"fp32\" usually mends it; with such "
          "a change the same command {}, with --fresh from the beginning",
          then));
}

}  // namespace clipmill
