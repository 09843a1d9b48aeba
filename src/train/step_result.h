// What one optimisation step came to.
#pragma once

namespace clipmill {

struct StepResult {
  double loss = 0;
  double grad_norm = 0;  ///< L2, before clipping
  double learning_rate = 0;
  bool skipped = false;  ///< fp16 overflowed: the scaler steps back, the parameters stay
};

}  // namespace clipmill
