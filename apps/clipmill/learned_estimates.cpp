#include "clipmill/learned_estimates.h"

namespace clipmill {

bool LearnedEstimates::learn(const Attempt& attempt, const StageFinished& stage) {
  const auto learned = estimates_.learn(attempt.spec, attempt.device, stage, attempt.part);
  if (!learned.empty()) table_.add(learned);
  return !learned.empty();
}

void LearnedEstimates::learn_out_of_memory(const Attempt& attempt, Stage stage, std::int64_t reserved) {
  const auto learned = estimates_.learn_out_of_memory(
      attempt.spec, {attempt.device, attempt.plan, attempt.part}, stage, reserved);
  if (learned) table_.add(*learned);
}

}  // namespace clipmill
