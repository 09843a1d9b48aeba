// Leaks of twelve kinds, planted by jobs that compute with real tensors: each is found, and the right scope
// named.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "core/growth.h"
#include "vram/counting_allocator.h"
#include "vram/device.h"
#include "vram/host_heap.h"
#include "vram/leak_finder.h"
#include "vram/memory_owner.h"
#include "vram/testing/planted_leaks.h"

namespace clipmill {
namespace {

using test::planted_leaks;
using test::PlantedLeak;
using test::Undo;

/// What a clip's denoising does: weights, latents and intermediates, all released but for what `plant` keeps.
Undo job(Undo (*plant)()) {
  const MemoryScope stage("denoise");
  const at::Tensor latents = at::randn({1, 16, 16, 16}), weight = at::randn({16, 16, 3, 3});
  at::conv2d(latents, weight);
  return plant();
}

Undo nothing() {
  return [] {};
}

std::vector<Leak> leaks_of(Undo (*plant)()) {
  const auto device = open_device("cpu");
  const MemoryOwner owner(1, "clip");
  job(nothing);  // what oneDNN keeps for good, it keeps from the first time on
  const LeakFinder finder(device->ledger());
  const Undo undo = job(plant);
  ResidentBlocks resident;
  resident.add(test::resident_weight());
  const std::vector<Leak> leaks = finder.find(resident);
  undo();
  EXPECT_TRUE(finder.find({}).empty()) << "not undone: " << describe(finder.find({}).front());
  return leaks;
}

class Planted : public testing::TestWithParam<PlantedLeak> {};

TEST_P(Planted, IsFoundWithItsScope) {
  const PlantedLeak& planted = GetParam();
  std::int64_t bytes = 0;
  for (const Leak& leak : leaks_of(planted.plant)) {
    EXPECT_EQ(leak.path, std::string("denoise/") + planted.scope);
    EXPECT_EQ(leak.category, planted.category);
    EXPECT_EQ(leak.lane, 1);
    bytes += leak.bytes;
  }
  EXPECT_GE(bytes, planted.kibibytes * 1024);
  EXPECT_LT(bytes, planted.kibibytes * 1024 + 16384);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Planted, testing::ValuesIn(planted_leaks().begin(), planted_leaks().end()),
                         [](const auto& info) { return info.param.name; });

/// The twelfth: no tensor's, so only the growth from job to job tells.
TEST(PlantedLeaks, OnTheHostIsFoundByItsGrowth) {
  const auto device = open_device("cpu");
  std::vector<std::unique_ptr<std::vector<char>>> history;
  std::vector<double> heap;
  history.reserve(200), heap.reserve(200);
  for (int i = 0; i < 200; ++i) {
    job(nothing);
    history.push_back(std::make_unique<std::vector<char>>(300));
    heap.push_back(static_cast<double>(host_heap_bytes() - device->memory().current));
  }
  const Growth growth = assess_growth(heap);
  EXPECT_EQ(growth.verdict, GrowthVerdict::kCertain) << testing::PrintToString(heap);
  EXPECT_NEAR(growth.bytes_per_job, 300, 100);  // and malloc's own bytes
}

TEST(PlantedLeaks, ACleanJobHasNone) { EXPECT_TRUE(leaks_of(nothing).empty()); }

TEST(PlantedLeaks, CleanJobsDoNotGrow) {
  const auto device = open_device("cpu");
  std::vector<double> heap, tensors;
  heap.reserve(200), tensors.reserve(200);
  for (int i = 0; i < 200; ++i) {
    job(nothing);
    tensors.push_back(static_cast<double>(device->memory().current));
    heap.push_back(static_cast<double>(host_heap_bytes()) - tensors.back());
  }
  EXPECT_EQ(assess_growth(tensors).verdict, GrowthVerdict::kNone);
  EXPECT_EQ(assess_growth(heap).verdict, GrowthVerdict::kNone);
}

TEST(PlantedLeaks, OtherLanesAreNoneOfItsBusiness) {
  Ledger ledger;
  const MemoryOwner mine(1, "clip");
  const LeakFinder finder(ledger);
  std::thread([&] {
    ledger.allocated_elsewhere(&ledger, 10);  // nobody's
    const MemoryOwner other(2, "other");
    ledger.allocated_elsewhere(&finder, 20);
  }).join();
  EXPECT_TRUE(finder.find({}).empty());
  ASSERT_EQ(finder.find({}, /*of_nobody=*/true).size(), 1u);
  EXPECT_EQ(finder.find({}, true).front().bytes, 10);
}

const PlantedLeak& planted(std::string_view name) {
  return *std::ranges::find(planted_leaks(), name,
                            [](const PlantedLeak& leak) -> std::string_view { return leak.name; });
}

TEST(PlantedLeaks, AreTracedToTheCallGroupedAndLargestFirst) {
  Ledger& ledger = CountingAllocator::ledger();
  ledger.trace_calls(true);
  const LeakFinder finder(ledger);
  std::vector<Undo> undos;
  for (int i = 0; i < 3; ++i) undos.push_back(planted("GrowingCache").plant());
  undos.push_back(planted("CycleOfPointers").plant());
  const std::vector<Leak> leaks = finder.find({});
  ledger.trace_calls(false);
  for (const Undo& undo : undos) undo();
  ASSERT_EQ(leaks.size(), 2u);
  EXPECT_EQ(leaks[0].blocks, 3);
  EXPECT_GT(leaks[0].bytes, leaks[1].bytes);
  EXPECT_THAT(describe(leaks[0]),
              testing::AllOf(testing::StartsWith("size=384."), testing::HasSubstr(", count=3, "),
                             testing::HasSubstr("mask_cache\n"), testing::HasSubstr("in_a_growing_cache()")));
  EXPECT_THAT(describe(leaks[1]), testing::HasSubstr("in_a_cycle_of_pointers()"));
}

}  // namespace
}  // namespace clipmill
