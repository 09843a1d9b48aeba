#include "train/training_record.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/version.h"
#include "recipe/recipe_json.h"

namespace clipmill {
namespace {

using nlohmann::ordered_json;

ordered_json phases_of(const TrainingLog& log) {
  ordered_json phases = ordered_json::object();
  for (const LogRow& row : log.rows()) {
    phases[row.phase] = {{"steps", row.step}, {"loss", row.loss}, {"seconds", log.seconds(row.phase)}};
  }
  return phases;
}

}  // namespace

std::string training_record(const TrainRecipe& recipe, const TrainingLog& log,
                            const std::vector<std::string>& skipped, const ordered_json& memory,
                            const MeasuredAdherence* adherence, const MeasuredVae* vae) {
  ordered_json record = {
      {"clipmill", kVersion}, {"threads", at::get_num_threads()}, {"phases", phases_of(log)}};
  if (!memory.empty()) record["memory"] = memory;
  if (vae) record["vae"] = vae->json();
  if (adherence) record["adherence"] = adherence->adherence.json();
  if (!skipped.empty()) record["skipped"] = skipped;
  record["recipe"] = to_json(recipe);
  record["recipe"].erase("output");  // it is where this lies, on whatever machine
  return record.dump(2) + "\n";
}

void append_adherence(const std::filesystem::path& file, int step, const shapes::Adherence& adherence) {
  std::string csv =
      std::filesystem::exists(file) ? read_file(file) : "step,prompts,shape,colour,motion,background,all\n";
  const auto rate = [&](shapes::Attribute a) { return adherence.of(a).rate(); };
  using enum shapes::Attribute;
  csv += fmt::format("{},{},{:.4f},{:.4f},{:.4f},{:.4f},{:.4f}\n", step, adherence.of(kAll).count,
                     rate(kShape), rate(kColour), rate(kMotion), rate(kBackground), rate(kAll));
  write_file(file, csv);
}

}  // namespace clipmill
