// Estimates that learn from what ran, and keep it in the store.
#pragma once

#include "core/ports.h"
#include "cost/job_estimates.h"
#include "store/measurements.h"

namespace clipmill {

class LearnedEstimates : public Estimates {
 public:
  /// Demands are those on `device`, which stands for all: their speeds are relative to it.
  LearnedEstimates(MeasurementTable& table, const DeviceSpec& device)
      : table_(table), device_(device), estimates_(table.measurements(), table.failures()) {}

  Demand demand(const Job& job, Part part) override { return estimates_.demand(job.spec, device_, part); }
  void learn(const Attempt& attempt, const StageFinished& stage) override;
  void learn_out_of_memory(const Attempt& attempt, Stage stage, std::int64_t reserved) override;

 private:
  MeasurementTable& table_;
  const DeviceSpec device_;
  JobEstimates estimates_;
};

}  // namespace clipmill
