// Estimates from what a store's jobs took.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "clipmill/clip_list.h"
#include "cost/job_estimates.h"
#include "simulate/manifest_workload.h"
#include "store/measurements.h"

namespace clipmill {

/// --store FOLDER of the measurements; otherwise .clipmill beside the clips, where there is one.
struct EstimateSource {
  std::string store, device = "cpu:0";
};
/// --store and --device. `source` has to outlive `command`.
void add_estimate_flags(CLI::App& command, EstimateSource& source);

/// The store's file: of --store, or beside the clips in `clips`.
std::filesystem::path store_file(const EstimateSource& source, const std::filesystem::path& clips);

/// All of them, also those of an older store, which has only stages.
std::vector<Measurement> measurements_of(const MeasurementHistory& history);

/// Throws Error(kInput) where the store that was asked for is not there.
JobEstimates known_estimates(const EstimateSource& source, const std::filesystem::path& clips);
/// The same, for simulations; under the plans that are the fastest on the largest of `devices`, of which
/// there is one.
ClipEstimate known_costs(const EstimateSource& source, const std::filesystem::path& clips,
                         std::span<const DeviceSpec> devices);

}  // namespace clipmill
