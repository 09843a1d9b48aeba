#include "core/policy.h"

#include <algorithm>

namespace clipmill {

std::optional<std::size_t> pick_fifo(std::span<const Job> waiting) {
  if (waiting.empty()) return std::nullopt;
  const auto first = std::ranges::max_element(waiting, {}, fifo_key);
  return static_cast<std::size_t>(first - waiting.begin());
}

}  // namespace clipmill
