// Tasks in an order, with a quick answer to: which is the first, from a place on, that demands at most so
// much?
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "schedule/problem.h"

namespace clipmill::schedule {

/// A tournament tree of demands: each node knows the least below it. Building takes O(n), the rest O(log n).
class FirstFitting {
 public:
  FirstFitting(const Problem& problem, const std::vector<int>& order)
      : size_(std::bit_ceil(order.size() + 1)), least_(2 * size_, INT64_MAX) {
    for (std::size_t i = 0; i < order.size(); ++i) least_[size_ + i] = amount_of(problem.need[order[i]]);
    for (std::size_t node = size_ - 1; node > 0; --node) update(node);
  }

  /// A place in the order, or none (−1).
  int find(int from, std::int64_t amount) const {
    std::size_t node = size_ + static_cast<std::size_t>(from);
    while (least_[node] > amount) {
      while (node & 1) node >>= 1;  // from a right child to the ancestor that is a left one, or to 0
      if (node == 0) return -1;
      ++node;
    }
    while (node < size_) {
      node *= 2;
      if (least_[node] > amount) ++node;
    }
    return static_cast<int>(node - size_);
  }

  void remove(int place) {
    std::size_t node = size_ + static_cast<std::size_t>(place);
    least_[node] = INT64_MAX;
    while (node >>= 1) update(node);
  }

 private:
  void update(std::size_t node) { least_[node] = std::min(least_[2 * node], least_[2 * node + 1]); }

  std::size_t size_;
  std::vector<std::int64_t> least_;
};

}  // namespace clipmill::schedule
