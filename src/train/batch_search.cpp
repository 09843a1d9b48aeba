#include "train/batch_search.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>

namespace clipmill {
namespace {

/// Asks `probe_` only for what is worth the time, and remembers why the smallest batch failed.
class PatientProbe {
 public:
  PatientProbe(const ProbeBatch& probe, double most_seconds) : probe_(probe), most_seconds_(most_seconds) {}

  BatchProbe operator()(std::int64_t size) {
    const bool slow = fitted_ && size > 2 && seconds_of(size) > most_seconds_;
    const BatchProbe result = slow ? BatchProbe{.size = size} : probe_(size);
    if (slow) too_slow_.insert(size);
    if (!result.fits) limit_ = slow ? BatchLimit::kTime : BatchLimit::kMemory;  // failed sizes only shrink
    if (result.fits) fitted_ = result;
    return result;
  }
  BatchLimit limit() const { return limit_; }
  bool tried(std::int64_t size) const { return !too_slow_.contains(size); }

 private:
  double seconds_of(std::int64_t size) const {
    return fitted_->seconds * static_cast<double>(size) / static_cast<double>(fitted_->size);
  }

  const ProbeBatch& probe_;
  const double most_seconds_;
  std::optional<BatchProbe> fitted_;  // the largest
  std::set<std::int64_t> too_slow_;
  BatchLimit limit_ = BatchLimit::kLargest;
};

std::string_view name_of(BatchLimit limit) {
  switch (limit) {
    case BatchLimit::kMemory:
      return "memory";
    case BatchLimit::kTime:
      return "time";
    case BatchLimit::kLargest:
      break;
  }
  return "largest";
}

nlohmann::ordered_json json_of(const BatchProbe& probe) {
  if (!probe.fits) return {{"clips", probe.size}, {"fits", false}};
  return {{"clips", probe.size},
          {"fits", true},
          {"peak_bytes", probe.bytes},
          {"seconds", probe.seconds},
          {"clips_per_second", static_cast<double>(probe.size) / probe.seconds}};
}

}  // namespace

FoundBatch search_batch(const ProbeBatch& probe, const BatchSearchLimits& limits) {
  PatientProbe patient(probe, limits.most_seconds);
  FoundBatch found;
  found.size = find_batch_size([&](std::int64_t size) { return patient(size); },
                               BatchLimits{limits.largest, limits.budget});
  found.limit = patient.limit();
  std::erase_if(found.size.probes, [&](const BatchProbe& each) { return !patient.tried(each.size); });
  return found;
}

nlohmann::ordered_json to_json(const FoundBatch& found) {
  nlohmann::ordered_json object = {
      {"largest", found.size.largest}, {"fastest", found.size.fastest}, {"limited_by", name_of(found.limit)}};
  if (const auto& line = found.size.bytes) {
    object["fixed_bytes"] = line->fixed;
    object["bytes_per_clip"] = line->per_item;
  }
  object["probes"] = nlohmann::ordered_json::array();
  for (const BatchProbe& probe : found.size.probes) object["probes"].push_back(json_of(probe));
  return object;
}

}  // namespace clipmill
