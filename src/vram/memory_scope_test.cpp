#include "vram/memory_scope.h"

#include <gtest/gtest.h>

#include <thread>

#include "vram/memory_accounts.h"
#include "vram/memory_owner.h"

namespace clipmill {
namespace {

std::string path_here() { return MemoryAccounts::instance().path(MemoryScope::current()); }

TEST(MemoryScope, NestsAndEnds) {
  const MemoryScope stage("denoise");
  {
    const MemoryScope block("block", 3), layer("ffn");
    EXPECT_EQ(path_here(), "denoise/block 3/ffn");
  }
  EXPECT_EQ(path_here(), "denoise");
}

TEST(MemoryScope, InheritsItsCategoryUnlessItNamesOne) {
  const MemoryScope stage("denoise");
  EXPECT_EQ(MemoryScope::current().category, MemoryCategory::kIntermediate);
  const MemoryScope weights(MemoryCategory::kModel, "transformer"), block("block", 0);
  EXPECT_EQ(MemoryScope::current().category, MemoryCategory::kModel);
  EXPECT_EQ(path_here(), "denoise/transformer/block 0");
  const MemoryScope latents(MemoryCategory::kData);
  EXPECT_EQ(MemoryScope::current().category, MemoryCategory::kData);
  EXPECT_EQ(path_here(), "denoise/transformer/block 0");
}

TEST(MemoryScope, TheSamePlaceIsTheSameAccount) {
  const auto visit = [] {
    const MemoryScope a("a");
    return MemoryScope::current();
  };
  EXPECT_EQ(visit(), visit());
  const MemoryOwner owner(3, "job");
  const MemoryScope a("a");
  EXPECT_EQ(MemoryScope::current().owner, 3);
  EXPECT_NE(MemoryScope::current(), visit());
}

TEST(MemoryScope, AThreadBeginsOutsideAndMayTakeOverItsLanes) {
  const MemoryOwner owner(2, "job");
  const MemoryScope stage("decode");
  std::thread([lane = MemoryScope::current()] {
    EXPECT_EQ(MemoryScope::current(), MemoryAccount());
    const MemoryScope taken_over(lane), inner("prefetch");
    EXPECT_EQ(MemoryScope::current().owner, 2);
    EXPECT_EQ(path_here(), "decode/prefetch");
  }).join();
}

TEST(MemoryOwner, NamesTheJobWhileItRuns) {
  const auto job = [] { return MemoryAccounts::instance().job(5); };
  {
    const MemoryOwner owner(5, "clip-9");
    EXPECT_EQ(job(), "clip-9");
  }
  EXPECT_EQ(job(), "");
  EXPECT_EQ(MemoryScope::current().owner, 0);
}

}  // namespace
}  // namespace clipmill
