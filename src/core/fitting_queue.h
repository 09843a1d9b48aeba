// Jobs in an order, with a quick answer to: which is the first that fits so many bytes?
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/demand.h"

namespace clipmill {

/// A place in the order: smaller first, ties by age.
struct QueuePlace {
  double order = 0;
  JobId id = 0;
  auto operator<=>(const QueuePlace&) const = default;
};

/// A treap (Seidel and Aragon 1996) whose nodes know the least bytes below them: every operation takes
/// O(log n).
class FittingQueue {
 public:
  void insert(const QueuePlace& place, std::int64_t bytes);
  /// Whether it was there.
  bool erase(const QueuePlace& place);

  bool empty() const { return root_ == kNone; }
  std::size_t size() const { return size_; }
  /// The first of all; not of an empty queue.
  QueuePlace front() const;
  /// The first of at most `bytes`, behind `after` where it is given.
  std::optional<QueuePlace> first_fitting(std::int64_t bytes,
                                          const std::optional<QueuePlace>& after = {}) const;

 private:
  using Index = std::int32_t;
  static constexpr Index kNone = -1;

  struct Node {
    QueuePlace place;
    std::int64_t bytes = 0, least = 0;  // own; of the subtree
    std::uint32_t rank = 0;             // a heap by it
    Index left = kNone, right = kNone;
  };

  Index new_node(const QueuePlace& place, std::int64_t bytes);
  void update(Index node);
  Index merge(Index left, Index right);
  /// Those before `place`, and the others.
  std::pair<Index, Index> split(Index node, const QueuePlace& place);
  Index erase(Index node, const QueuePlace& place, bool& found);
  Index first_fitting(Index node, std::int64_t bytes, const QueuePlace* after) const;
  std::int64_t least(Index node) const {
    return node == kNone ? INT64_MAX : nodes_[static_cast<std::size_t>(node)].least;
  }
  Node& at(Index node) { return nodes_[static_cast<std::size_t>(node)]; }
  const Node& at(Index node) const { return nodes_[static_cast<std::size_t>(node)]; }

  std::vector<Node> nodes_;
  std::vector<Index> unused_;
  Index root_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace clipmill
