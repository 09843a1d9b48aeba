#include "core/fitting_queue.h"

#include <algorithm>

#include "base/split_mix.h"

namespace clipmill {

void FittingQueue::insert(const QueuePlace& place, std::int64_t bytes) {
  const auto [before, behind] = split(root_, place);
  root_ = merge(merge(before, new_node(place, bytes)), behind);
  ++size_;
}

bool FittingQueue::erase(const QueuePlace& place) {
  bool found = false;
  root_ = erase(root_, place, found);
  if (found) --size_;
  return found;
}

QueuePlace FittingQueue::front() const {
  Index node = root_;
  while (at(node).left != kNone) node = at(node).left;
  return at(node).place;
}

std::optional<QueuePlace> FittingQueue::first_fitting(std::int64_t bytes,
                                                      const std::optional<QueuePlace>& after) const {
  const Index found = first_fitting(root_, bytes, after ? &*after : nullptr);
  return found == kNone ? std::nullopt : std::optional(at(found).place);
}

FittingQueue::Index FittingQueue::first_fitting(Index node, std::int64_t bytes,
                                                const QueuePlace* after) const {
  if (least(node) > bytes) return kNone;
  const bool behind = !after || at(node).place > *after;
  if (behind) {
    const Index found = first_fitting(at(node).left, bytes, after);
    if (found != kNone) return found;
    if (at(node).bytes <= bytes) return node;
  }
  return first_fitting(at(node).right, bytes, behind ? nullptr : after);
}

FittingQueue::Index FittingQueue::new_node(const QueuePlace& place, std::int64_t bytes) {
  // A job's number decides its rank, so that equal histories give equal trees.
  const Node node{place, bytes, bytes,
                  static_cast<std::uint32_t>(split_mix(static_cast<std::uint64_t>(place.id)))};
  if (unused_.empty()) {
    nodes_.push_back(node);
    return static_cast<Index>(nodes_.size()) - 1;
  }
  const Index index = unused_.back();
  unused_.pop_back();
  at(index) = node;
  return index;
}

void FittingQueue::update(Index node) {
  at(node).least = std::min({at(node).bytes, least(at(node).left), least(at(node).right)});
}

FittingQueue::Index FittingQueue::merge(Index left, Index right) {
  if (left == kNone) return right;
  if (right == kNone) return left;
  const bool left_above = at(left).rank > at(right).rank;
  if (left_above) {
    at(left).right = merge(at(left).right, right);
  } else {
    at(right).left = merge(left, at(right).left);
  }
  const Index top = left_above ? left : right;
  update(top);
  return top;
}

std::pair<FittingQueue::Index, FittingQueue::Index> FittingQueue::split(Index node, const QueuePlace& place) {
  if (node == kNone) return {kNone, kNone};
  if (at(node).place < place) {
    const auto [before, behind] = split(at(node).right, place);
    at(node).right = before;
    update(node);
    return {node, behind};
  }
  const auto [before, behind] = split(at(node).left, place);
  at(node).left = behind;
  update(node);
  return {before, node};
}

FittingQueue::Index FittingQueue::erase(Index node, const QueuePlace& place, bool& found) {
  if (node == kNone) return kNone;
  if (at(node).place == place) {
    found = true;
    unused_.push_back(node);
    return merge(at(node).left, at(node).right);
  }
  Index& side = place < at(node).place ? at(node).left : at(node).right;
  side = erase(side, place, found);
  update(node);
  return node;
}

}  // namespace clipmill
