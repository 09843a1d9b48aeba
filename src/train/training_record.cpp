#include "train/training_record.h"

#include <ATen/Parallel.h>

#include "base/version.h"
#include "recipe/recipe_json.h"

namespace clipmill {
namespace {

using nlohmann::ordered_json;

ordered_json phases_of(const TrainingLog& log, int log_every, const ordered_json& changes) {
  ordered_json phases = ordered_json::object();
  for (const LogRow& row : log.rows()) {
    phases[row.phase] = {{"steps", row.step}, {"loss", row.loss}, {"seconds", log.seconds(row.phase)}};
  }
  for (auto& [phase, facts] : phases.items()) {
    if (const int missing = log.steps_not_logged(phase, log_every); missing > 0)
      facts["steps_not_logged"] = missing;  // nor among the seconds
  }
  for (const auto& [phase, list] : changes.items()) {
    if (!list.empty()) phases[phase]["changes"] = list;
  }
  return phases;
}

}  // namespace

std::string training_record(const TrainRecipe& recipe, const TrainingLog& log, const TrainingFacts& facts) {
  ordered_json record = {{"clipmill", kVersion},
                         {"threads", at::get_num_threads()},
                         {"phases", phases_of(log, recipe.watch.log_every, facts.changes)}};
  const auto add = [&](const char* key, const ordered_json& value) {
    if (!value.empty()) record[key] = value;
  };
  add("memory", facts.memory);
  add("vae", facts.vae);
  add("adherence", facts.adherence);
  add("skipped", facts.skipped);
  record["recipe"] = to_json(recipe);
  record["recipe"].erase("output");  // it is where this lies, on whatever machine
  return record.dump(2) + "\n";
}

}  // namespace clipmill
