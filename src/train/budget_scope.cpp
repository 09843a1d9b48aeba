#include "train/budget_scope.h"

#include "base/host_memory.h"

namespace clipmill {
namespace {

constexpr double kSpared = 0.2;  // of the machine's free memory, for everybody else

}  // namespace

std::int64_t budget_of(std::int64_t memory, const Device& device) {
  if (memory > 0) return memory;
  return device.torch_device().is_cpu() ? 0 : device.total_bytes();
}

std::int64_t search_budget(std::int64_t memory, const Device& device) {
  if (const std::int64_t budget = budget_of(memory, device); budget > 0) return budget;
  const auto free = static_cast<double>(host_memory().available_bytes);
  return device.memory().current + static_cast<std::int64_t>((1 - kSpared) * free);
}

}  // namespace clipmill
