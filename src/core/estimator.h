// Seconds and bytes of a stage before it runs: the analytic work, corrected by what was measured.
#pragma once

#include <map>
#include <vector>

#include "core/measurement.h"
#include "core/regression.h"

namespace clipmill {

/// Whose measurements an estimate comes from: the nearest that there are.
enum class Basis {
  kSame,    ///< this model, plan and device, whatever the clip's shape
  kModel,   ///< this model and plan on devices of this kind ("cuda")
  kDevice,  ///< other models under this plan on this device
  kStage,   ///< this stage on devices of this kind
  kNone,    ///< nothing was measured: a guessed rate
};
std::string_view to_string(Basis basis);

struct StageEstimate {
  Basis basis = Basis::kNone;
  std::size_t measurements = 0;
  double seconds = 0;      ///< the median
  double seconds_p90 = 0;  ///< nine of ten take at most this
  std::int64_t bytes = 0;  ///< expected peak
  /// To reserve: at least any peak that this basis saw for this work or less, with a margin of a tenth while
  /// measurements are few, of something else, or of less work.
  std::int64_t reservation = 0;
};

/// Deterministic: the same measurements in the same order give the same estimates. Estimates grow with the
/// work of a stage, and are finite whatever was measured.
class Estimator {
 public:
  void add(const Measurement& measurement);
  /// Until as much work has run on devices of this kind, it and more reserve at least twice as much there;
  /// from then on more than what did not do, so that never the same is tried again.
  void add(const OutOfMemory& failure);

  StageEstimate estimate(const StageKey& key, const StageWork& work) const;

 private:
  struct History {
    Regression seconds, bytes;
  };
  struct Floor {
    double work_bytes;
    double failed;  // the reservation that did not do
    bool ran_since = false;
  };
  using Generalised = std::pair<Basis, StageKey>;

  void soften_floors(const Measurement& measurement);
  double floor_of(const StageKey& key, const StageWork& work) const;

  std::map<Generalised, History> histories_;
  std::map<StageKey, std::vector<Floor>> floors_;  // by kind of device
};

}  // namespace clipmill
