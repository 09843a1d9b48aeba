// When simulated devices are lost, and when they are back.
#pragma once

#include <cstdint>
#include <vector>

#include "core/demand.h"

namespace clipmill {

/// A device that takes no work, and loses what it runs.
struct Outage {
  int device = -1;
  double from = kNever, until = kNever;  ///< seconds; kNever: not at all, and for good
};

struct OutageOptions {
  std::vector<Outage> planned;
  double mean_between = kNever;  ///< seconds from a repair to the next loss, exponential; of each device
  double repair = 1'800;         ///< seconds
  std::uint64_t seed = 1;
};

/// One after the other for each device, drawn when asked for: a simulation ends when its jobs do.
class Outages {
 public:
  Outages(const OutageOptions& options, int devices);
  /// The next of a device that is well from `now` on.
  Outage next(int device, double now);

 private:
  double draw_wellness(int device);

  const OutageOptions options_;
  std::vector<std::vector<Outage>> planned_;  // of each device, the last one first
  std::vector<std::uint32_t> drawn_;
};

/// "3@2h+30m": device 3 is lost after 2 hours for 30 minutes; "3@2h": for good. Throws Error(kInput).
Outage parse_outage(const std::string& text, int devices);

}  // namespace clipmill
