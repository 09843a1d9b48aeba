#include "vram/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <thread>

#include "vram/memory_accounts.h"
#include "vram/memory_owner.h"
#include "vram/peak_span.h"

namespace clipmill {
namespace {

using ::testing::ElementsAre;

/// An address for a block that only the ledger knows.
const void* block(std::size_t number) { return reinterpret_cast<const void*>(64 * (number + 1)); }

std::int64_t sum(const std::vector<AccountUsage>& accounts) {
  std::int64_t bytes = 0;
  for (const AccountUsage& account : accounts) bytes += account.bytes;
  return bytes;
}

std::string summary(const AccountUsage& account) {
  return fmt::format("{} {} {} {}", account.owner, to_string(account.category), account.path, account.bytes);
}

std::vector<std::string> summaries(const std::vector<AccountUsage>& accounts) {
  std::vector<std::string> all;
  for (const AccountUsage& account : accounts) all.push_back(summary(account));
  return all;
}

TEST(Ledger, SplitsThePeakByOwnerCategoryAndScope) {
  Ledger ledger;
  {
    const MemoryOwner owner(1, "clip-1");
    const MemoryScope stage("denoise");
    const MemoryScope model(MemoryCategory::kModel, "transformer");
    ASSERT_TRUE(ledger.allocated(block(0), 1000));
  }
  {
    const MemoryOwner owner(2, "clip-2");
    const MemoryScope stage("decode"), layer("block", 3);
    ASSERT_TRUE(ledger.allocated(block(1), 300));
    ledger.freed(block(1));
    ASSERT_TRUE(ledger.allocated(block(2), 20));
  }
  const MemoryUsage usage = ledger.usage();
  EXPECT_EQ(usage.current, 1020);
  EXPECT_EQ(usage.peak, 1300);
  EXPECT_THAT(summaries(usage.held),
              ElementsAre("1 model denoise/transformer 1000", "2 intermediate decode/block 3 20"));
  EXPECT_THAT(summaries(usage.at_peak),
              ElementsAre("1 model denoise/transformer 1000", "2 intermediate decode/block 3 300"));
}

TEST(Ledger, IgnoresBlocksOfAFormerAllocator) {
  Ledger ledger;
  ledger.freed(block(7));
  EXPECT_EQ(ledger.memory().current, 0);
}

TEST(Ledger, ABlockWhoseReleaseWasMissedIsCountedOnce) {
  Ledger ledger;
  ledger.allocated_elsewhere(block(0), 100);
  ledger.allocated_elsewhere(block(0), 40);
  EXPECT_EQ(ledger.memory().current, 40);
}

TEST(Ledger, TheLimitIsExactAndARefusalCountsNothing) {
  Ledger ledger;
  ledger.set_limit(100);
  EXPECT_TRUE(ledger.allocated(block(0), 100));
  EXPECT_FALSE(ledger.fits(1));
  EXPECT_FALSE(ledger.allocated(block(1), 1));
  EXPECT_EQ(ledger.memory().current, 100);
  EXPECT_EQ(ledger.usage().held.size(), 1u);
  ledger.freed(block(0));
  EXPECT_TRUE(ledger.fits(100));
  EXPECT_FALSE(ledger.fits(101));
}

TEST(Ledger, ResettingThePeakBeginsWithWhatIsHeld) {
  Ledger ledger;
  ledger.allocated_elsewhere(block(0), 100);
  ledger.allocated_elsewhere(block(1), 50);
  ledger.freed(block(1));
  ledger.reset_peak();
  EXPECT_EQ(ledger.memory().peak, 100);
  EXPECT_EQ(sum(ledger.usage().at_peak), 100);
}

TEST(Ledger, TellsWhatIsLeftSinceAMarkInOrder) {
  Ledger ledger;
  ledger.allocated_elsewhere(block(0), 1);
  const std::uint64_t mark = ledger.mark();
  for (std::size_t i = 1; i < 5; ++i) ledger.allocated_elsewhere(block(i), static_cast<std::int64_t>(10 * i));
  ledger.freed(block(0));
  ledger.freed(block(2));
  std::vector<std::int64_t> left;
  for (const LiveBlock& each : ledger.blocks_since(mark)) left.push_back(each.bytes);
  EXPECT_THAT(left, ElementsAre(10, 30, 40));
}

TEST(Ledger, RecordsCallStacksOnlyWhileTracing) {
  Ledger ledger;
  ledger.allocated_elsewhere(block(0), 1);
  ledger.trace_calls(true);
  ledger.allocated_elsewhere(block(1), 1);
  const std::vector<LiveBlock> blocks = ledger.blocks_since(0);
  EXPECT_TRUE(blocks.at(0).stack.empty());
  EXPECT_GT(blocks.at(1).stack.size(), 2u);
}

/// The obvious ledger: copies every account whenever the peak moves.
class PlainLedger {
 public:
  void change(const MemoryAccount& account, std::int64_t bytes) {
    held_[account.id] += bytes;
    total_ += bytes;
    if (total_ <= peak_) return;
    peak_ = total_;
    at_peak_ = held_;
  }
  void reset_peak() {
    peak_ = total_;
    at_peak_ = held_;
  }
  std::int64_t peak() const { return peak_; }
  std::map<std::string, std::int64_t> split(const std::vector<MemoryAccount>& accounts) const {
    std::map<std::string, std::int64_t> split;
    for (const auto& [id, bytes] : at_peak_) {
      const auto account = std::ranges::find(accounts, id, &MemoryAccount::id);
      if (bytes > 0) split[summary_of(*account)] += bytes;
    }
    return split;
  }

  static std::string summary_of(const MemoryAccount& account) {
    return fmt::format("{} {} {}", account.owner, to_string(account.category),
                       MemoryAccounts::instance().path(account));
  }

 private:
  std::map<std::uint32_t, std::int64_t> held_, at_peak_;
  std::int64_t total_ = 0, peak_ = 0;
};

std::map<std::string, std::int64_t> split_of(const std::vector<AccountUsage>& accounts) {
  std::map<std::string, std::int64_t> split;
  for (const AccountUsage& account : accounts)
    split[fmt::format("{} {} {}", account.owner, to_string(account.category), account.path)] += account.bytes;
  return split;
}

std::vector<MemoryAccount> some_accounts() {
  std::vector<MemoryAccount> accounts = {MemoryAccount()};
  for (const int owner : {1, 2}) {
    const MemoryAccount root = MemoryAccounts::instance().of_owner(owner);
    accounts.push_back(root);
    for (const auto category : {MemoryCategory::kModel, MemoryCategory::kData, MemoryCategory::kIntermediate})
      accounts.push_back(MemoryAccounts::instance().inside(root, category, "property"));
  }
  return accounts;
}

/// In any order of allocations, releases and resets the ledger is the obvious one, and a lane's span is the
/// obvious one without the other lane.
TEST(Ledger, AgreesWithThePlainOneOnEveryPeakAndSplit) {
  const std::vector<MemoryAccount> accounts = some_accounts();
  rc::check([&] {
    Ledger ledger;
    PlainLedger plain, plain_of_lane;
    const MemoryScope lane(accounts[1]);
    const PeakSpan span(ledger);
    std::map<std::size_t, std::pair<MemoryAccount, std::int64_t>> live;
    const auto changed = [&](const MemoryAccount& account, std::int64_t bytes) {
      plain.change(account, bytes);
      if (account.owner != 2) plain_of_lane.change(account, bytes);
    };
    for (const auto step :
         *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::arbitrary<std::uint32_t>())) {
      const std::size_t number = step % 13;
      if (step % 31 == 0) {
        ledger.reset_peak();
        plain.reset_peak();
      } else if (const auto found = live.find(number); found != live.end()) {
        ledger.freed(block(number));
        changed(found->second.first, -found->second.second);
        live.erase(found);
      } else {
        const MemoryScope scope(accounts[step / 13 % accounts.size()]);
        const std::int64_t bytes = 1 + step % 1000;
        RC_ASSERT(ledger.allocated(block(number), bytes));
        live[number] = {MemoryScope::current(), bytes};
        changed(MemoryScope::current(), bytes);
      }
      const MemoryUsage usage = ledger.usage();
      RC_ASSERT(usage.peak == plain.peak());
      RC_ASSERT(sum(usage.at_peak) == usage.peak);
      RC_ASSERT(sum(usage.held) == usage.current);
      RC_ASSERT(split_of(usage.at_peak) == plain.split(accounts));
      RC_ASSERT(span.bytes() == plain_of_lane.peak());
      RC_ASSERT(split_of(span.usage().at_peak) == plain_of_lane.split(accounts));
    }
  });
}

TEST(Ledger, ManyThreadsLeaveItAsTheyFoundIt) {
  Ledger ledger;
  ledger.set_limit(4000);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&ledger, t] {
      const MemoryOwner owner(static_cast<int>(t) + 1, "job");
      const PeakSpan span(ledger);
      for (std::size_t i = 0; i < 2000; ++i) {
        const bool given = ledger.allocated(block(10 * t + i % 10), 700);
        if (given) ledger.freed(block(10 * t + i % 10));
      }
      EXPECT_LE(span.bytes(), 700);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ledger.memory().current, 0);
  EXPECT_LE(ledger.memory().peak, 2800);
  EXPECT_EQ(sum(ledger.usage().at_peak), ledger.memory().peak);
}

}  // namespace
}  // namespace clipmill
