// What the ledger costs an allocation: posix_memalign and free alone, then with the ledger counting the
// block, and what spans, timelines, scopes and traced calls add. Medians of the processor's time.
// bench_ledger
#include <ATen/ATen.h>
#include <c10/core/alignment.h>
#include <fmt/format.h>
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include "timing.h"
#include "vram/ledger.h"
#include "vram/memory_owner.h"
#include "vram/peak_span.h"

namespace clipmill {
namespace {

constexpr int kRounds = 25, kBlocks = 20000, kLive = 1000;

void* aligned(std::size_t bytes) {
  void* data = nullptr;
  if (::posix_memalign(&data, c10::gAlignment, bytes) != 0) std::abort();
  return data;
}

/// Of one call of `each`, in nanoseconds.
double nanoseconds(const std::function<void(int)>& each) {
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    const double start = processor_seconds();
    for (int i = 0; i < kBlocks; ++i) each(i);
    rounds.push_back((processor_seconds() - start) / kBlocks * 1e9);
  }
  return quantile(rounds, 0);
}

/// One allocation and one release while others live, as a clip has them.
class Blocks {
 public:
  explicit Blocks(std::size_t bytes, Ledger* ledger) : bytes_(bytes), ledger_(ledger), live_(kLive, nullptr) {
    for (void*& data : live_) data = make();
  }
  ~Blocks() {
    for (void* data : live_) release(data);
  }
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;

  void replace(int i) {
    void*& data = live_[static_cast<std::size_t>(i * 7919) % kLive];
    release(data);
    data = make();
  }

 private:
  void* make() {
    void* data = aligned(bytes_);
    if (ledger_) ledger_->allocated_elsewhere(data, static_cast<std::int64_t>(::malloc_usable_size(data)));
    return data;
  }
  void release(void* data) {
    if (ledger_) ledger_->freed(data);
    std::free(data);
  }

  std::size_t bytes_;
  Ledger* ledger_;
  std::vector<void*> live_;
};

double cost(std::size_t bytes, Ledger* ledger) {
  Blocks blocks(bytes, ledger);
  return nanoseconds([&](int i) { blocks.replace(i); });
}

void print(const char* what, double plain, double with) {
  fmt::print("  {:<44}{:>8.0f} ns{:>8.0f} ns more{:>8.2f} ×\n", what, with, with - plain, with / plain);
}

void print_costs(std::size_t bytes) {
  const double plain = cost(bytes, nullptr);
  fmt::print("blocks of {} bytes\n", bytes);
  print("posix_memalign + free", plain, plain);
  Ledger ledger;
  print("… counted", plain, cost(bytes, &ledger));
  const MemoryOwner owner(1, "clip");
  const MemoryScope stage("denoise");
  {
    const PeakSpan job(ledger), each(ledger);
    print("… counted, a job's and a stage's span open", plain, cost(bytes, &ledger));
  }
  {
    const SystemClock clock;
    const PeakSpan job(ledger, &clock), each(ledger);
    print("… the job's with a timeline", plain, cost(bytes, &ledger));
  }
  ledger.trace_calls(true);
  print("… with calls traced", plain, cost(bytes, &ledger));
}

}  // namespace
}  // namespace clipmill

int main() {
  for (const std::size_t bytes : {1024, 65536, 4 << 20}) clipmill::print_costs(bytes);
  fmt::print("a MemoryScope with an index{:>38.0f} ns\n",
             clipmill::nanoseconds([](int i) { const clipmill::MemoryScope scope("block", i % 30); }));
}
