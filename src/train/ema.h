// An exponential moving average of parameters: what is kept of a run.
#pragma once

#include "train/parameters.h"

namespace clipmill {

class Ema {
 public:
  explicit Ema(const Parameters& parameters);
  /// average ← decay · average + (1 − decay) · parameters.
  void update(const Parameters& parameters, double decay);
  const Parameters& average() const { return *average_; }
  /// For modules that read their weights from it.
  std::shared_ptr<const Parameters> store() const { return average_; }

 private:
  std::shared_ptr<Parameters> average_;
};

}  // namespace clipmill
