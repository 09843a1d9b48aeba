#include "vram/testing/planted_leaks.h"

#include <latch>
#include <map>
#include <memory>
#include <thread>

#include "base/channel.h"
#include "vram/memory_scope.h"
#include "vram/testing.h"

namespace clipmill::test {
namespace {

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

constexpr PlantedLeak kPlanted[] = {
    {"Static", in_a_static, MemoryCategory::kIntermediate, "rope", 256},
    {"GrowingCache", in_a_growing_cache, MemoryCategory::kIntermediate, "mask_cache", 128},
    {"AutogradGraph", in_an_autograd_graph, MemoryCategory::kIntermediate, "loss", 512},
    {"UnreleasedComponent", in_an_unreleased_component, MemoryCategory::kModel, "text_encoder", 1024},
    {"ThreadLocal", in_a_thread_local, MemoryCategory::kIntermediate, "scratch", 300},
    {"QueueOfFrames", in_a_queue_of_frames, MemoryCategory::kData, "frames", 200},
    {"Closure", in_a_closure, MemoryCategory::kIntermediate, "callback", 150},
    {"View", in_a_view_of_a_larger_tensor, MemoryCategory::kIntermediate, "hidden_states", 1024},
    {"CycleOfPointers", in_a_cycle_of_pointers, MemoryCategory::kIntermediate, "graph", 100},
    {"DetachedThread", in_a_detached_thread, MemoryCategory::kIntermediate, "prefetch", 700},
    {"DuplicatedWeight", in_a_duplicated_weight, MemoryCategory::kModel, "transformer", 400},
};

}  // namespace

std::span<const PlantedLeak> planted_leaks() { return kPlanted; }

at::Tensor& resident_weight() {
  static at::Tensor weight;
  return weight;
}

}  // namespace clipmill::test
