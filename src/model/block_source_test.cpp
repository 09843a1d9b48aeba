#include "model/block_source.h"

#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

namespace clipmill {
namespace {

/// Counts how many of it there are.
struct Counted {
  int index;
  std::shared_ptr<void> token;
};

class BlockSourceTest : public testing::TestWithParam<BlockStorage> {
 protected:
  BlockSource<Counted> source(int count, int failing = -1) {
    return BlockSource<Counted>(
        count,
        [this, failing](int index) {
          ++alive_;
          Counted made{index, std::shared_ptr<void>(nullptr, [this](void*) { --alive_; })};
          if (index == failing) throw std::runtime_error("cannot be made");
          most_ = std::max(most_.load(), alive_.load());
          without_gradients_ = without_gradients_ && !c10::GradMode::is_enabled();
          return made;
        },
        GetParam());
  }
  bool streamed() const { return GetParam() == BlockStorage::kStreamed; }

  std::atomic<int> alive_ = 0, most_ = 0;
  std::atomic<bool> without_gradients_ = true;
};

TEST_P(BlockSourceTest, VisitsEachInOrder) {
  const auto blocks = source(7);
  for (int pass = 0; pass < 3; ++pass) {
    std::vector<int> seen;
    blocks.for_each([&](const Counted& block, int index) {
      EXPECT_EQ(block.index, index);
      seen.push_back(index);
      while (alive_ < std::min(2, 7 - index)) std::this_thread::yield();  // the next is made meanwhile
    });
    EXPECT_EQ(seen, std::vector<int>({0, 1, 2, 3, 4, 5, 6}));
  }
  EXPECT_EQ(most_, streamed() ? 2 : 7);
  EXPECT_EQ(alive_, streamed() ? 0 : 7);
}

TEST_P(BlockSourceTest, AnAbandonedPassLeavesNothingBehind) {
  const auto blocks = source(5);
  const auto pass = [&] {
    blocks.for_each([](const Counted&, int index) {
      if (index == 2) throw std::runtime_error("enough");
    });
  };
  for (int i = 0; i < 20; ++i) {
    EXPECT_THROW(pass(), std::runtime_error);
    EXPECT_EQ(alive_, streamed() ? 0 : 5);  // also what was being made for the next
  }
}

TEST_P(BlockSourceTest, ABlockThatCannotBeMadeThrowsWhereItIsNeeded) {
  if (!streamed()) {
    EXPECT_THROW(source(5, 3), std::runtime_error);
    EXPECT_EQ(alive_, 0);
    return;
  }
  const auto blocks = source(5, 3);
  int visited = 0;
  EXPECT_THROW(blocks.for_each([&](const Counted&, int) { ++visited; }), std::runtime_error);
  EXPECT_EQ(visited, 3);
  EXPECT_EQ(alive_, 0);
}

TEST_P(BlockSourceTest, BlocksAreMadeInTheCallersState) {
  const c10::NoGradGuard no_grad;
  const int threads = at::get_num_threads();
  source(3).for_each([](const Counted&, int) {});
  EXPECT_TRUE(without_gradients_);
  EXPECT_EQ(at::get_num_threads(), threads);
}

TEST_P(BlockSourceTest, OnlyResidentBlocksAreHeld) {
  if (streamed())
    EXPECT_THROW(source(2).resident(), std::logic_error);
  else
    EXPECT_EQ(source(2).resident().size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(Storage, BlockSourceTest,
                         testing::Values(BlockStorage::kResident, BlockStorage::kStreamed),
                         [](const auto& info) {
                           return info.param == BlockStorage::kResident ? "Resident" : "Streamed";
                         });

}  // namespace
}  // namespace clipmill
