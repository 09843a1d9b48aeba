#include "train/memory_fit.h"

#include <algorithm>
#include <optional>

#include "base/atomic_file.h"
#include "base/units.h"
#include "train/budget_scope.h"
#include "train/memory_error.h"
#include "train/segment_search.h"

namespace clipmill {
namespace {

using nlohmann::ordered_json;

constexpr double kMostSeconds = 10;  // of a step worth trying: the knee comes long before

std::string told(const ordered_json& found) {
  return fmt::format("batch {} (the largest is {}, limited by {})", found["batch"].get<int>(),
                     found["largest"].get<int>(), found["limited_by"].get<std::string>());
}

}  // namespace

MemoryFit::MemoryFit(std::int64_t memory, std::filesystem::path folder, const WorkContext& work)
    : budget_(budget_of(memory, work.device)),
      folder_(std::move(folder)),
      work_(work),
      record_(ordered_json::object()) {
  if (budget_ > 0) record_["budget_bytes"] = budget_;
}

int MemoryFit::batch(const FitPhase& phase, const TrialSteps& trials, std::int64_t most) {
  const TrialSteps checked = trials.checked([this] { work_.stop.check(); });
  return batch(
      phase,
      [&](const BatchSearchLimits& limits) { return search_training_batch(work_.device, checked, limits); },
      most);
}

int MemoryFit::batch(const FitPhase& phase, const SearchBatch& search, std::int64_t most) {
  ordered_json found = known(phase);
  if (!found.contains("batch")) {
    const std::int64_t below = found.value("exceeded", most + 1);
    found = search_batch(phase, search, std::clamp<std::int64_t>(below - 1, 1, most));
    found["asked"] = asked(phase);
    write_file(file_of(phase), found.dump(2) + "\n");
  }
  tell(phase.stage, told(found));
  found.erase("asked");
  record_[std::string(to_string(phase.stage))]["batch"] = found;
  return found["batch"].get<int>();
}

std::filesystem::path MemoryFit::file_of(const FitPhase& phase) const {
  return folder_ / fmt::format("batch-{}.json", phase.name);
}

/// With any other of these, another batch may be right.
ordered_json MemoryFit::asked(const FitPhase& phase) const {
  return {{"phase", phase.fingerprint},
          {"segments", phase.segments},
          {"budget_bytes", budget_},
          {"device", work_.device.torch_device().str()}};
}

/// {"batch", …} as it was found, or {"exceeded"}; empty where nothing is kept of what is asked.
ordered_json MemoryFit::known(const FitPhase& phase) const {
  if (!std::filesystem::exists(file_of(phase))) return ordered_json::object();
  const ordered_json kept =
      ordered_json::parse(read_file(file_of(phase)), nullptr, /*allow_exceptions=*/false);
  const bool same = kept.is_object() && kept.contains("asked") && kept["asked"] == asked(phase);
  return same ? kept : ordered_json::object();
}

void MemoryFit::exceeded(const FitPhase& phase) const {
  const ordered_json found = known(phase);
  if (!found.contains("batch")) return;
  tell(phase.stage, fmt::format("batch {} ran out of memory: the same command takes a smaller one",
                                found["batch"].dump()));
  const ordered_json bound = {{"exceeded", found["batch"]}, {"asked", asked(phase)}};
  write_file(file_of(phase), bound.dump(2) + "\n");
}

ordered_json MemoryFit::search_batch(const FitPhase& phase, const SearchBatch& search,
                                     std::int64_t most) const {
  const StageTimer timer(Stage::kFitMemory, work_.device, work_.clock, work_.report);
  const FoundBatch found = search_under_budget(search, most);
  timer.finish();
  if (found.size.fastest == 0) throw memory_error(phase.stage, "a step of a single clip", budget_);
  ordered_json object = to_json(found);
  object["batch"] = found.size.fastest;
  return object;
}

FoundBatch MemoryFit::search_under_budget(const SearchBatch& search, std::int64_t most) const {
  const std::int64_t budget = search_budget(budget_, work_.device);
  std::optional<BudgetScope> cap;  // for the search alone, where the run itself has none
  if (budget_ == 0) cap.emplace(work_.device, budget);
  return search({most, budget, kMostSeconds});
}

void MemoryFit::segments(FlowTrainer& trainer, int batch) {
  const StageTimer timer(Stage::kFitMemory, work_.device, work_.clock, work_.report);
  const TrialSteps trials = trainer.trials();
  trainer.set_segments(trainer.blocks());  // shapes are compared in little memory
  const StepShape shape = heaviest_step(work_.device, trials, batch);
  const SegmentChoice choice =
      search_segments(work_.device, trainer, shape, trials.clips(shape, batch), budget_);
  timer.finish();
  constexpr Stage kStage = Stage::kTrainTransformer;
  record_[std::string(to_string(kStage))]["segments"] = to_json(choice);
  tell(kStage, to_text(choice));
  if (budget_ > 0 && !choice.fits)
    throw memory_error(kStage, fmt::format("a step of {} clips ({})", batch, to_text(choice)), budget_);
}

void MemoryFit::tell(Stage stage, const std::string& text) const { work_.report(Notice{stage, text}); }

}  // namespace clipmill
