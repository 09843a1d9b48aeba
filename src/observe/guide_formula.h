// The guide's formula for a pipeline's speed-up, beside what was measured.
#pragma once

#include <algorithm>
#include <cstdint>

#include "observe/speed_up.h"

namespace clipmill {

/// What jobs take of a device's memory. Bytes; 0: not known.
struct Residence {
  std::int64_t budget = 0;
  std::int64_t with_levers = 0;     ///< of a job, measured, under the memory plans that it ran under
  std::int64_t without_levers = 0;  ///< of the same job under the fastest plan, which saves nothing

  bool known() const { return budget > 0 && with_levers > 0 && without_levers > 0; }
  /// Jobs that fit at once. One always counts as there: the formula is silent about jobs that do not fit at
  /// all.
  std::int64_t jobs_with() const { return std::max<std::int64_t>(1, budget / with_levers); }
  std::int64_t jobs_without() const { return std::max<std::int64_t>(1, budget / without_levers); }
  bool fits_without() const { return without_levers <= budget; }
};

/// 1/(1−α) · β, for one device. No part of it looks at how long the batch took.
struct GuideFormula {
  double alpha = 0;  ///< share of the stages' busy time that lay behind other stages: 1 − devices / busy
  double beta = 1;   ///< jobs resident in the budget with the memory levers / without
  double predicted() const { return beta / (1 - alpha); }
  /// How far it is off: predicted / measured − 1. `measured`: of one device.
  double error(double measured) const { return measured > 0 ? predicted() / measured - 1 : 0; }
};

inline GuideFormula guide_formula(const SpeedUp& speed_up, const Residence& residence) {
  GuideFormula formula;
  if (speed_up.busy > 0) formula.alpha = std::clamp(1 - speed_up.devices / speed_up.busy, 0.0, 0.999);
  if (residence.known())
    formula.beta = static_cast<double>(residence.jobs_with()) / static_cast<double>(residence.jobs_without());
  return formula;
}

}  // namespace clipmill
