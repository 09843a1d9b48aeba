#include "base/channel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace clipmill {
namespace {

TEST(Channel, KeepsTheOrder) {
  Channel<int> channel(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(channel.push(i));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(channel.pop(), i);
}

TEST(Channel, DrainsWhatWasPushedBeforeItClosed) {
  Channel<int> channel(2);
  channel.push(1);
  channel.close();
  EXPECT_FALSE(channel.push(2));
  EXPECT_EQ(channel.pop(), 1);
  EXPECT_EQ(channel.pop(), std::nullopt);
  EXPECT_EQ(channel.pop(), std::nullopt);
}

TEST(Channel, CarriesAFailureToEveryConsumerAndTurnsProducersAway) {
  Channel<int> channel(2);
  channel.push(1);
  channel.fail(std::make_exception_ptr(std::runtime_error("decoder")));
  channel.fail(std::make_exception_ptr(std::logic_error("too late")));
  EXPECT_FALSE(channel.push(2));
  EXPECT_THROW(channel.pop(), std::runtime_error);
  EXPECT_THROW(channel.pop(), std::runtime_error);
}

TEST(Channel, TakesWhatCannotBeCopied) {
  Channel<std::unique_ptr<int>> channel(1);
  channel.push(std::make_unique<int>(7));
  EXPECT_EQ(**channel.pop(), 7);
}

TEST(Channel, NeverHoldsMoreThanItsCapacity) {
  Channel<int> channel(2);
  std::atomic<int> pushed{0};
  std::thread producer([&] {
    for (int i = 0; i < 1000; ++i) {
      channel.push(i);
      ++pushed;
    }
    channel.close();
  });
  int popped = 0;
  while (const auto item = channel.pop()) {
    ++popped;
    // `pushed` counts finished pushes: at most the popped ones and a full channel.
    EXPECT_LE(pushed.load(), popped + 2);
  }
  producer.join();
  EXPECT_EQ(popped, 1000);
}

TEST(Channel, HandsEachItemOfManyProducersToOneOfManyConsumers) {
  Channel<int> channel(3);
  constexpr int kEach = 2000;
  std::vector<std::thread> producers, consumers;
  std::vector<std::vector<int>> taken(3);
  for (auto& mine : taken) {
    consumers.emplace_back([&] {
      while (const auto item = channel.pop()) mine.push_back(*item);
    });
  }
  for (int p = 0; p < 3; ++p) {
    producers.emplace_back([&, p] {
      for (int i = 0; i < kEach; ++i) channel.push(p * kEach + i);
    });
  }
  for (auto& thread : producers) thread.join();
  channel.close();
  for (auto& thread : consumers) thread.join();
  std::multiset<int> all;
  for (const auto& mine : taken) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 3u * kEach);
  EXPECT_EQ(std::set<int>(all.begin(), all.end()).size(), 3u * kEach);
}

TEST(Channel, WakesAProducerThatWaitsWhenTheConsumerFails) {
  Channel<int> channel(1);
  channel.push(0);
  bool accepted = true;
  std::thread producer([&] { accepted = channel.push(1); });
  channel.fail(std::make_exception_ptr(std::runtime_error("encoder")));
  producer.join();
  EXPECT_FALSE(accepted);
}

}  // namespace
}  // namespace clipmill
