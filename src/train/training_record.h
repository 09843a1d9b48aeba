// What is kept of a finished run beside its weights.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "recipe/recipe.h"
#include "train/measure_adherence.h"
#include "train/training_log.h"

namespace clipmill {

/// training.json: the recipe with its seed, seconds and last loss of each phase, what was chosen to fit the
/// memory (MemoryFit::record()), what was measured (nullptr: was not).
std::string training_record(const TrainRecipe& recipe, const TrainingLog& log,
                            const std::vector<std::string>& skipped, const nlohmann::ordered_json& memory,
                            const MeasuredAdherence* adherence, const MeasuredVae* vae);

/// One line more in a CSV of adherence over steps. Throws Error(kIo).
void append_adherence(const std::filesystem::path& file, int step, const shapes::Adherence& adherence);

}  // namespace clipmill
