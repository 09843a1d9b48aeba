// How a device is doing at a moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/memory_category.h"

namespace clipmill {

/// What a device does not tell is absent.
struct DeviceReading {
  std::int64_t total_bytes = 0;         ///< 0: what jobs may take of it is all there is
  std::int64_t used_bytes = 0;          ///< by everybody
  std::optional<BytesByCategory> held;  ///< by our workers
  std::int64_t foreign_bytes = 0;
  std::optional<double> utilisation;  ///< 0 … 1
  std::optional<double> power_watts;
  std::optional<double> temperature_celsius;
  std::vector<std::string> slowed_by;         ///< "heat": what keeps its clocks down, and should not
  std::optional<std::int64_t> memory_errors;  ///< that could not be corrected
  std::string trouble;                        ///< why it gets no jobs now
};

}  // namespace clipmill
