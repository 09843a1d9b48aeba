// Estimates that learn from what ran, and keep it in the store.
#pragma once

#include "core/ports.h"
#include "cost/job_estimates.h"
#include "store/measurements.h"

namespace clipmill {

class LearnedEstimates : public Estimates {
 public:
  explicit LearnedEstimates(MeasurementTable& table)
      : table_(table), estimates_(table.measurements(), table.failures()) {}

  Demand demand(const Job& job, Part part, const DeviceSpec& device) override {
    return estimates_.demand(job.spec, device, part);
  }
  std::string why(const JobSpec& job, const MemoryPlan& plan, Part part, const DeviceSpec& device) override {
    return estimates_.why(job, plan, device, part);
  }
  std::int64_t floor(const JobSpec& job, const DeviceSpec& device) override {
    return estimates_.floor(job, device.name);
  }
  bool learn(const Attempt& attempt, const StageFinished& stage) override;
  void learn_out_of_memory(const Attempt& attempt, Stage stage, std::int64_t reserved) override;

 private:
  MeasurementTable& table_;
  JobEstimates estimates_;
};

}  // namespace clipmill
