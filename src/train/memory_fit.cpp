#include "train/memory_fit.h"

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

/// What was found for the same fingerprint; null otherwise.
ordered_json kept(const std::filesystem::path& file, const std::string& fingerprint) {
  if (!std::filesystem::exists(file)) return {};
  const ordered_json found = ordered_json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  const bool same = found.is_object() && found.value("fingerprint", "") == fingerprint &&
                    found.contains("batch") && found["batch"].is_number_integer();
  return same ? found : ordered_json();
}

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
  const auto file = folder_ / fmt::format("batch-{}.json", phase.name);
  ordered_json found = kept(file, phase.fingerprint);
  if (found.is_null()) {
    found = search_batch(phase, search, most);
    found["fingerprint"] = phase.fingerprint;
    write_file(file, found.dump(2) + "\n");
  }
  tell(phase.stage, told(found));
  found.erase("fingerprint");
  record_[std::string(to_string(phase.stage))]["batch"] = found;
  return found["batch"].get<int>();
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
