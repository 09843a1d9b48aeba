// How many items one batch may have: the largest number that fits the memory, found by trying.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace clipmill {

/// One trial of a batch of `size` items. `bytes` (peak) and `seconds` mean something only when it fitted.
struct BatchProbe {
  std::int64_t size = 0;
  bool fits = false;
  std::int64_t bytes = 0;
  double seconds = 0;
};

/// Runs a batch of `size` items. Too little memory is fits = false, no exception (batch_driver.h).
using ProbeBatch = std::function<BatchProbe(std::int64_t size)>;

struct BatchLimits {
  std::int64_t largest = 1 << 20;  ///< the largest size worth having, at least 1
  std::int64_t budget = 0;         ///< what BatchProbe::bytes may reach; 0: unknown, so nothing is predicted
};

/// bytes = fixed + per_item · size
struct BatchBytes {
  double fixed = 0;
  double per_item = 0;
};

struct BatchSize {
  std::int64_t largest = 0;         ///< the largest size that fits; 0 if not even one item does
  std::int64_t fastest = 0;         ///< the knee: the smallest size within 3 % of the most items a second
  std::optional<BatchBytes> bytes;  ///< the line through the two largest sizes that fitted
  std::vector<BatchProbe> probes;   ///< in the order of trying
};

/// The largest size that fits: `largest` was probed and fits, `largest + 1` was probed and does not (or is
/// beyond the limit). Takes it that more items never need less memory. At most 2·log2(largest) + 2 probes
/// (two for "not even one"), whatever the memory does: doubling until it does not fit, then bisection. With a
/// budget, the size at which the line through the last two probes meets it is tried instead, as far as a
/// wrong guess cannot break the bound: where the line holds, 100 items are found in 6 probes instead of 13.
/// Throws Error(kInput) unless 1 <= limits.largest <= 2^31.
BatchSize find_batch_size(const ProbeBatch& probe, const BatchLimits& limits);

}  // namespace clipmill
