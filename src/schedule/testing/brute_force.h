// The best makespan of a tiny problem, by trying everything.
#pragma once

#include <algorithm>
#include <numeric>

#include "schedule/serial_decoder.h"

namespace clipmill::schedule::test {

/// Of n! orders, one is optimal under the serial scheme.
inline Time best_makespan(const Problem& problem) {
  std::vector<int> order(static_cast<std::size_t>(problem.tasks()));
  std::iota(order.begin(), order.end(), 0);
  SerialDecoder decoder(problem);
  Time best = INT64_MAX;
  do {
    decoder.excess(order, 0);
    best = std::min(best, decoder.schedule().makespan);
  } while (std::ranges::next_permutation(order).found);
  return best;
}

}  // namespace clipmill::schedule::test
