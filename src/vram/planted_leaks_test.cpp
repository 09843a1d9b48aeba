// Leaks of twelve kinds, planted by jobs that compute with real tensors: each is found, and the right scope
// named.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "base/channel.h"
#include "core/growth.h"
#include "vram/counting_allocator.h"
#include "vram/device.h"
#include "vram/host_heap.h"
#include "vram/leak_finder.h"
#include "vram/memory_owner.h"
#include "vram/testing.h"

namespace clipmill {
namespace {

using Undo = std::function<void()>;

at::Tensor kibibytes(std::int64_t count) { return at::zeros({count * 1024}, at::kByte); }

// What each job leaves behind; undone after the test, so that no test sees another's.

Undo in_a_static() {
  static at::Tensor table;
  const MemoryScope scope("rope");
  table = kibibytes(256);
  return [] { table.reset(); };
}

Undo in_a_growing_cache() {
  static std::map<int, at::Tensor> cache;
  const MemoryScope scope("mask_cache");
  cache[static_cast<int>(cache.size())] = kibibytes(128);
  return [] { cache.clear(); };
}

/// The loss is four bytes; what its graph saved for the backward pass is more.
Undo in_an_autograd_graph() {
  static at::Tensor loss;
  const MemoryScope scope("loss");
  const at::Tensor weight = parameter({256, 256});
  loss = at::matmul(weight, weight).exp().square().sum();
  return [] { loss.reset(); };
}

struct Component {
  std::vector<at::Tensor> weights;
};

Undo in_an_unreleased_component() {
  static std::shared_ptr<Component> text_encoder;
  const MemoryScope scope(MemoryCategory::kModel, "text_encoder");
  text_encoder = std::make_shared<Component>(Component{{kibibytes(512), kibibytes(512)}});
  return [] { text_encoder.reset(); };
}

Undo in_a_thread_local() {
  thread_local at::Tensor scratch;
  const MemoryScope scope("scratch");
  scratch = kibibytes(300);
  return [] { scratch.reset(); };
}

Undo in_a_queue_of_frames() {
  static Channel<at::Tensor> frames(8);
  const MemoryScope scope(MemoryCategory::kData, "frames");
  frames.push(kibibytes(200));
  return [] { frames.pop(); };
}

Undo in_a_closure() {
  static std::vector<std::function<std::int64_t()>> callbacks;
  const MemoryScope scope("callback");
  callbacks.push_back([kept = kibibytes(150)] { return kept.numel(); });
  return [] { callbacks.clear(); };
}

/// One row is wanted, and all rows stay.
Undo in_a_view_of_a_larger_tensor() {
  static at::Tensor row;
  const MemoryScope scope("hidden_states");
  row = at::zeros({64, 4096}).select(0, 3);
  return [] { row.reset(); };
}

struct Node {
  at::Tensor value;
  std::shared_ptr<Node> next;
};

Undo in_a_cycle_of_pointers() {
  const MemoryScope scope("graph");
  const auto first = std::make_shared<Node>(), second = std::make_shared<Node>();
  first->value = kibibytes(100);
  first->next = second;
  second->next = first;
  return [first = std::weak_ptr<Node>(first)] { first.lock()->next.reset(); };
}

Undo in_a_detached_thread() {
  struct Signals {
    std::latch holds{1}, end{1}, ended{1};
  };
  const auto signals = std::make_shared<Signals>();
  const MemoryScope scope("prefetch");
  std::thread([signals, account = MemoryScope::current()] {
    {
      const MemoryScope taken_over(account);
      const at::Tensor intermediate = kibibytes(700);
      signals->holds.count_down();
      signals->end.wait();
    }
    signals->ended.count_down();
  }).detach();
  signals->holds.wait();
  return [signals] {
    signals->end.count_down();
    signals->ended.wait();
  };
}

at::Tensor& resident_weight() {
  static at::Tensor weight;
  return weight;
}

/// Beside the weight that may stay.
Undo in_a_duplicated_weight() {
  static at::Tensor copy;
  const MemoryScope scope(MemoryCategory::kModel, "transformer");
  resident_weight() = kibibytes(400);
  copy = resident_weight().clone();
  return [] {
    copy.reset();
    resident_weight().reset();
  };
}

struct PlantedLeak {
  const char* name;
  Undo (*plant)();
  MemoryCategory category;
  const char* scope;
  std::int64_t kibibytes;
};

constexpr PlantedLeak kPlanted[] = {
    {"Static", in_a_static, MemoryCategory::kIntermediate, "denoise/rope", 256},
    {"GrowingCache", in_a_growing_cache, MemoryCategory::kIntermediate, "denoise/mask_cache", 128},
    {"AutogradGraph", in_an_autograd_graph, MemoryCategory::kIntermediate, "denoise/loss", 512},
    {"UnreleasedComponent", in_an_unreleased_component, MemoryCategory::kModel, "denoise/text_encoder", 1024},
    {"ThreadLocal", in_a_thread_local, MemoryCategory::kIntermediate, "denoise/scratch", 300},
    {"QueueOfFrames", in_a_queue_of_frames, MemoryCategory::kData, "denoise/frames", 200},
    {"Closure", in_a_closure, MemoryCategory::kIntermediate, "denoise/callback", 150},
    {"View", in_a_view_of_a_larger_tensor, MemoryCategory::kIntermediate, "denoise/hidden_states", 1024},
    {"CycleOfPointers", in_a_cycle_of_pointers, MemoryCategory::kIntermediate, "denoise/graph", 100},
    {"DetachedThread", in_a_detached_thread, MemoryCategory::kIntermediate, "denoise/prefetch", 700},
    {"DuplicatedWeight", in_a_duplicated_weight, MemoryCategory::kModel, "denoise/transformer", 400},
};

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
  resident.add(resident_weight());
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
    EXPECT_EQ(leak.path, planted.scope);
    EXPECT_EQ(leak.category, planted.category);
    EXPECT_EQ(leak.lane, 1);
    bytes += leak.bytes;
  }
  EXPECT_GE(bytes, planted.kibibytes * 1024);
  EXPECT_LT(bytes, planted.kibibytes * 1024 + 16384);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Planted, testing::ValuesIn(kPlanted),
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

TEST(PlantedLeaks, AreTracedToTheCallGroupedAndLargestFirst) {
  Ledger& ledger = CountingAllocator::ledger();
  ledger.trace_calls(true);
  const LeakFinder finder(ledger);
  std::vector<Undo> undos;
  for (int i = 0; i < 3; ++i) undos.push_back(in_a_growing_cache());
  undos.push_back(in_a_cycle_of_pointers());
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
