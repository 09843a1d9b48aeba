// Every live block of a device's memory, and whose it is.
#pragma once

#include <c10/util/flat_hash_map.h>

#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "vram/call_stack.h"
#include "vram/device_memory.h"
#include "vram/memory_timeline.h"
#include "vram/memory_usage.h"
#include "vram/peak_record.h"

namespace clipmill {

/// A block that is in use.
struct LiveBlock {
  const void* data = nullptr;
  std::int64_t bytes = 0;
  MemoryAccount account;
  CallStack stack;  ///< where it was allocated; empty where calls were not traced then
};

/// Counts what an allocator gives out on the account that the allocating thread is in (MemoryScope), and
/// decides what a limit allows, all under one mutex: so every split adds up to its total exactly. All
/// functions may be called from any thread; it never calls an allocator of device memory.
class Ledger {
 public:
  Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// The most that may be in use, in bytes; 0 for no limit.
  void set_limit(std::int64_t bytes) { limit_ = bytes; }
  std::int64_t limit() const { return limit_; }
  /// Whether the limit allows so much more now.
  bool fits(std::int64_t bytes) const;

  /// False, and nothing counted, where the limit forbids it.
  [[nodiscard]] bool allocated(const void* data, std::int64_t bytes);
  /// Counts whatever the limit says: for an allocator that has its own.
  void allocated_elsewhere(const void* data, std::int64_t bytes);
  /// To be called before the block can be given out again. Unknown blocks are ignored: they are older than
  /// the ledger.
  void freed(const void* data);

  DeviceMemory memory() const;
  void reset_peak();
  /// All accounts, and their split at the peak since reset_peak().
  MemoryUsage usage() const;

  /// Whether each allocation from now on records where it was called from: some microseconds each.
  void trace_calls(bool on) { traces_ = on; }
  /// Stands for now: for blocks_since().
  std::uint64_t mark() const;
  /// What was allocated after `mark` and is still in use, oldest first.
  std::vector<LiveBlock> blocks_since(std::uint64_t mark) const;

 private:
  friend class PeakSpan;

  struct Block {
    std::int64_t bytes;
    std::uint64_t number;  // counts allocations
    MemoryAccount account;
    std::uint32_t stack;
  };
  /// What a PeakSpan watches.
  struct Span {
    PeakRecord record;
    const Clock* clock;  // null without a timeline
    MemoryTimeline timeline;
  };
  using Spans = std::list<Span>;

  bool count(const void* data, std::int64_t bytes, std::int64_t limit);
  // With the mutex held:
  void change(const MemoryAccount& account, std::int64_t bytes);
  void release(const void* data);
  std::uint32_t intern(CallStack stack);

  Spans::iterator open(std::optional<int> owner, const Clock* clock);
  void close(Spans::iterator span);
  std::int64_t peak(const Span& span) const;
  MemoryUsage usage(const PeakRecord& record) const;
  std::vector<MemorySample> timeline(const Span& span) const;

  mutable std::mutex mutex_;
  std::atomic<std::int64_t> limit_{0};
  std::atomic<bool> traces_{false};
  std::uint64_t allocations_ = 0;
  ska::flat_hash_map<const void*, Block> blocks_;
  std::vector<AccountBalance> balances_;  // by the account's id
  PeakRecord all_;
  Spans spans_;
  std::map<CallStack, std::uint32_t> stack_ids_;
  std::vector<CallStack> stacks_;
};

}  // namespace clipmill
