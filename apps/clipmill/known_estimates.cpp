#include "clipmill/known_estimates.h"

#include <algorithm>
#include <memory>

namespace clipmill {
namespace fs = std::filesystem;

void add_estimate_flags(CLI::App& command, EstimateSource& source) {
  command
      .add_option("--store", source.store,
                  "folder of the store that has the measurements; default: .clipmill beside the clips")
      ->type_name("FOLDER");
  command.add_option("--device", source.device, "whose measurements count")
      ->type_name("NAME")
      ->capture_default_str();
}

fs::path store_file(const EstimateSource& source, const fs::path& clips) {
  return (source.store.empty() ? clips / ".clipmill" : fs::path(source.store)) / "jobs.db";
}

std::vector<Measurement> measurements_of(const MeasurementHistory& history) {
  std::vector<Measurement> all = history.measurements;
  JobEstimates estimates;
  for (const PastStage& past : history.stages) {
    for (Measurement& measurement : estimates.learn(past.job, past.device, past.what))
      all.push_back(std::move(measurement));
  }
  return all;
}

JobEstimates known_estimates(const EstimateSource& source, const fs::path& clips) {
  const fs::path file = store_file(source, clips);
  if (source.store.empty() && !fs::exists(file)) return JobEstimates();
  const MeasurementHistory history = read_measurements(file);
  return JobEstimates(measurements_of(history), history.failures);
}

ClipEstimate known_costs(const EstimateSource& source, const fs::path& clips,
                         std::span<const DeviceSpec> devices) {
  const auto estimates = std::make_shared<JobEstimates>(known_estimates(source, clips));
  const DeviceSpec device{.name = source.device,
                          .bytes = std::ranges::max(devices, {}, &DeviceSpec::bytes).bytes};
  return [estimates, device](const JobSpec& job) {
    const Demand demand = estimates->demand(job, device);
    // What does not fit, even so, must not seem to.
    return ClipCost{demand.seconds, demand.fits ? demand.bytes : std::max(demand.bytes, demand.within) + 1};
  };
}

}  // namespace clipmill
