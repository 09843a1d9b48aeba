// What a job will take, and what it took: the one place that scheduling asks and tells.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/demand.h"
#include "core/device_table.h"
#include "core/estimator.h"
#include "core/memory_ladder.h"
#include "cost/clip_work.h"

namespace clipmill {

/// A stage of a job before it runs.
struct ExpectedStage {
  Stage stage;
  StageWork work;
  StageEstimate estimate;
};

/// For one thread. Never throws for a model's sake: one that cannot be read, and jobs of training and
/// measuring, are expected to take a minute and a whole device; as is a program of the user's until it has
/// run once or says what it needs. Use: demand() when a job is entered; learn() with each StageFinished,
/// storing the measurement that it returns; learn_out_of_memory() when it failed so, storing what that
/// returns; and at the next start the constructor with what was stored.
class JobEstimates {
 public:
  explicit JobEstimates(std::span<const Measurement> measurements = {},
                        std::span<const OutOfMemory> failures = {});

  /// Seconds: encode_text and denoise, then the longest of the stages that overlap, each its median. Bytes:
  /// the largest reservation of its stages, but no more than the device has: an estimate keeps no job from
  /// being tried, unless the job itself says what it needs. Whether to try again after it did not fit,
  /// core/out_of_memory.h says.
  Demand demand(const JobSpec& job, const DeviceSpec& device, Part part = Part::kWhole);
  /// The plan that demand() reckons with: the job's own, or the fastest whose stages are expected to fit.
  MemoryPlan plan(const JobSpec& job, const DeviceSpec& device, Part part = Part::kWhole);
  /// Why it is `plan`, for people.
  std::string why(const JobSpec& job, const MemoryPlan& plan, const DeviceSpec& device,
                  Part part = Part::kWhole);
  /// What the job takes at least, under the smallest plan, in bytes; 0: not known. By analysis alone: nothing
  /// that was measured keeps a job from being tried.
  std::int64_t floor(const JobSpec& job, const std::string& device);

  /// Of a clip, in order; of a program of the user's the one that it is; empty where nothing is known.
  std::vector<ExpectedStage> stages(const JobSpec& job, const StageSetting& setting);
  /// The components that the clip needs, each loaded once.
  std::vector<ExpectedStage> loads(const JobSpec& job, const std::string& device);

  /// Nothing of what tells nothing: a stage of another job than a clip, or of a model that cannot be read. A
  /// component's load is told by the stage after it, which needs it, so it is returned with that one.
  std::vector<Measurement> learn(const JobSpec& job, const std::string& device, const StageFinished& stage,
                                 Part part = Part::kWhole);
  std::optional<OutOfMemory> learn_out_of_memory(const JobSpec& job, const StageSetting& setting, Stage stage,
                                                 std::int64_t reserved);

 private:
  PlanCosts costs_of_plans(const JobSpec& job, const std::string& device, Part part,
                           std::int64_t StageEstimate::*bytes);
  PlanChoice choose(const JobSpec& job, const DeviceSpec& device, Part part);
  /// nullptr: cannot be read.
  const ModelCost* cost_of(const JobSpec& job);
  /// Empty where nothing is known.
  std::optional<StageWork> work(const JobSpec& job, Stage stage, const StageSetting& setting);
  /// Seconds whatever the plan, where nothing that was measured tells of it.
  std::optional<ExpectedStage> expected(const JobSpec& job, Stage stage, const StageSetting& setting);
  double lora_bytes(const JobSpec& job);
  double slower_than_default(const JobSpec& job, Stage stage, const StageSetting& setting, Basis basis);
  Demand demand_of_command(const JobSpec& job, const DeviceSpec& device);
  int number_of(const JobSpec& job);
  int like(const JobSpec& job, int model);
  Measurement remember(const StageKey& key, const JobSpec& job, const StageWork& work,
                       const StageFinished& stage);

  std::map<std::string, std::optional<ModelCost>> costs_;       // by folder
  std::map<std::string, double> file_bytes_;                    // of LoRAs, by path
  std::map<std::string, int> numbers_;                          // of what a worker would have resident
  std::map<std::string, int> likes_;                            // of what demands depend on
  std::map<std::pair<int, std::string>, std::int64_t> floors_;  // by likeness and device
  std::map<std::pair<std::string, std::string>, StageFinished> loads_;  // by device and output: not told yet
  Estimator estimator_;
};

}  // namespace clipmill
