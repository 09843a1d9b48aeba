// The memory that a job was given, held for its time.
#pragma once

#include <algorithm>

#include "vram/device.h"

namespace clipmill {

/// `bytes` (0: no more than the device's budget) is the most that tensors may hold while this lives.
class BudgetScope {
 public:
  BudgetScope(Device& device, std::int64_t bytes) : device_(device), before_(device.budget()) {
    if (bytes > 0) device_.set_budget(before_ > 0 ? std::min(bytes, before_) : bytes);
  }
  ~BudgetScope() { device_.set_budget(before_); }
  BudgetScope(const BudgetScope&) = delete;
  BudgetScope& operator=(const BudgetScope&) = delete;

 private:
  Device& device_;
  const std::int64_t before_;
};

/// What measured peaks are compared with: `memory`, or a GPU's own when it is 0; 0 for a CPU without a cap.
std::int64_t budget_of(std::int64_t memory, const Device& device);

/// The same where something larger is tried until it fails: of a CPU without a cap, what the machine can
/// spare.
std::int64_t search_budget(std::int64_t memory, const Device& device);

}  // namespace clipmill
