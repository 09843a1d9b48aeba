#include "simulate/manifest_workload.h"

#include <map>
#include <string>

namespace clipmill {

ClipEstimate estimate_by_size(const ClipSpec& reference, const ClipCost& cost) {
  const auto size = [](const ClipSpec& clip) {
    return static_cast<double>(clip.width) * clip.height * clip.frames * clip.steps;
  };
  return [=](const JobSpec& spec) {
    return ClipCost{cost.seconds * size(spec.clip) / size(reference), cost.bytes};
  };
}

Workload manifest_workload(const Manifest& manifest, const ClipEstimate& estimate, double now) {
  Workload workload;
  std::map<std::string, int> models;
  for (const JobSpec& spec : manifest.jobs) {
    const auto [model, added] = models.try_emplace(spec.model, static_cast<int>(models.size()));
    if (added) workload.models.push_back(spec.model);
    const ClipCost cost = estimate(spec);
    workload.jobs.push_back({.seconds = cost.seconds,
                             .expected = cost.seconds,
                             .bytes = cost.bytes,
                             .priority = spec.priority,
                             .model = model->second,
                             .deadline = spec.deadline > 0 ? spec.deadline - now : kNever});
  }
  return workload;
}

}  // namespace clipmill
