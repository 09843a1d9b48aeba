#include "clipmill/residence.h"

#include <algorithm>
#include <map>

#include "clipmill/known_estimates.h"
#include "core/memory_ladder.h"
#include "observe/device_time.h"

namespace clipmill {
namespace {

/// The largest of a job's stages, and whether all ran under the fastest plan.
struct Taken {
  std::string device;
  std::int64_t bytes = 0;
  bool fastest = true;
};

std::map<JobId, Taken> taken_by_job(const History& history) {
  std::map<JobId, Taken> taken;
  for (const StageSpan& span : history.stages) {
    if (span.outcome != "done" || span.stage == Stage::kLoad || span.peak_bytes == 0) continue;
    Taken& job = taken[span.job];
    job.device = span.device;
    job.bytes = std::max(job.bytes, span.peak_bytes);
    job.fastest &= span.plan == to_string(MemoryPlan());
  }
  return taken;
}

/// 0: not known.
std::int64_t bytes_without_levers(const JobSpec& spec, const std::string& device, JobEstimates& estimates) {
  std::int64_t most = 0;
  for (const ExpectedStage& stage : estimates.stages(spec, {device, MemoryPlan()}))
    most = std::max(most, stage.estimate.bytes);
  return most;
}

std::int64_t budget_of(const History& history, const std::string& device) {
  const auto found = std::ranges::find(history.budgets, device, &DeviceBudget::device);
  return found == history.budgets.end() ? 0 : found->bytes;
}

}  // namespace

Residence residence_of(const History& history, JobEstimates& estimates) {
  const std::map<JobId, Taken> taken = taken_by_job(history);
  std::int64_t jobs = 0, with = 0, without = 0, budget = 0;
  for (const PastJob& job : history.jobs) {
    const auto found = taken.find(job.id);
    if (found == taken.end() || job.spec.kind != JobKind::kClip) continue;
    const auto& [device, bytes, fastest] = found->second;
    const std::int64_t plain = fastest ? bytes : bytes_without_levers(job.spec, device, estimates);
    if (plain == 0) continue;
    ++jobs, with += bytes, without += std::max(bytes, plain), budget = budget_of(history, device);
  }
  if (jobs == 0) return {};
  return {budget, with / jobs, without / jobs};
}

Residence residence_of(const History& history, const std::filesystem::path& file) try {
  const MeasurementHistory known = read_measurements(file);
  JobEstimates estimates(measurements_of(known), known.failures);
  return residence_of(history, estimates);
} catch (const Error&) {
  return {};
}

}  // namespace clipmill
