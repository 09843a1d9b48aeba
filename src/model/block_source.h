// The blocks of a network one after the other, wherever their weights are.
#pragma once

#include <functional>
#include <future>
#include <stdexcept>
#include <utility>
#include <vector>

#include "model/prefetch.h"

namespace clipmill {

enum class BlockStorage {
  kResident,  ///< all blocks on the device, for good
  kStreamed   ///< made when a pass comes to them; the next one meanwhile: at most two at a time
};

template <class Block>
class BlockSource {
 public:
  /// Block `index` with its weights on the device. Streamed, it is called on other threads, once a pass.
  using Make = std::function<Block(int index)>;

  BlockSource(int count, Make make, BlockStorage storage)
      : count_(count), make_(std::move(make)), storage_(storage) {
    if (streamed()) return;
    for (int i = 0; i < count_; ++i) resident_.push_back(make_(i));
    make_ = {};  // it may hold a checkpoint's weights
  }

  bool streamed() const { return storage_ == BlockStorage::kStreamed; }
  int size() const { return count_; }

  /// One pass: visit(block, index) for each in order. What making a block throws comes out here, as does what
  /// `visit` throws; no thread is left behind.
  template <class Visit>
  void for_each(const Visit& visit) const {
    if (!streamed()) {
      for (int i = 0; i < count_; ++i) visit(resident_[static_cast<std::size_t>(i)], i);
      return;
    }
    std::future<Block> next = load(0);
    for (int i = 0; i < count_; ++i) {
      const Block block = next.get();
      if (i + 1 < count_) next = load(i + 1);
      visit(block, i);
    }
  }

  /// Throws std::logic_error where they are streamed.
  const std::vector<Block>& resident() const {
    if (streamed()) throw std::logic_error("streamed blocks are visited, not held");
    return resident_;
  }

 private:
  std::future<Block> load(int index) const {
    return prefetch<Block>([this, index] { return make_(index); });
  }

  int count_;
  Make make_;
  BlockStorage storage_;
  std::vector<Block> resident_;
};

}  // namespace clipmill
