// What is kept of a finished run beside its weights.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "recipe/recipe.h"
#include "train/training_log.h"

namespace clipmill {

/// What a run met with and what was measured; what is empty is left out.
struct TrainingFacts {
  std::vector<std::string> skipped;  ///< clips that were left out
  nlohmann::ordered_json memory;     ///< MemoryFit::record()
  nlohmann::ordered_json changes;    ///< of each phase, PhaseRecord::changes
  nlohmann::ordered_json adherence;  ///< Adherence::json()
  nlohmann::ordered_json vae;        ///< MeasuredVae::json()
};

/// training.json: the recipe with its seed, seconds and last loss of each phase, and the facts.
std::string training_record(const TrainRecipe& recipe, const TrainingLog& log, const TrainingFacts& facts);

}  // namespace clipmill
