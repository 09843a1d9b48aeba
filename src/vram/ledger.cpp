#include "vram/ledger.h"

#include <algorithm>

#include "vram/memory_accounts.h"
#include "vram/memory_scope.h"

namespace clipmill {
namespace {

constexpr std::int64_t kNoLimit = 0;

/// Largest first, by name.
std::vector<AccountUsage> named(const std::vector<AccountBalance>& balances) {
  const MemoryAccounts& accounts = MemoryAccounts::instance();
  std::vector<AccountUsage> usage;
  for (const auto& [account, bytes] : balances) {
    if (bytes == 0) continue;
    usage.push_back(
        {account.owner, accounts.job(account.owner), account.category, accounts.path(account), bytes});
  }
  std::ranges::stable_sort(usage, std::greater(), &AccountUsage::bytes);
  return usage;
}

}  // namespace

Ledger::Ledger() : all_(balances_, std::nullopt), stacks_(1) {}

bool Ledger::fits(std::int64_t bytes) const {
  const std::int64_t limit = limit_;
  if (limit == kNoLimit) return true;
  const std::lock_guard lock(mutex_);
  return bytes <= limit - all_.current();
}

bool Ledger::allocated(const void* data, std::int64_t bytes) { return count(data, bytes, limit_); }

void Ledger::allocated_elsewhere(const void* data, std::int64_t bytes) { count(data, bytes, kNoLimit); }

bool Ledger::count(const void* data, std::int64_t bytes, std::int64_t limit) {
  const MemoryAccount account = MemoryScope::current();
  CallStack stack = traces_ ? current_call_stack() : CallStack();
  const std::lock_guard lock(mutex_);
  if (limit != kNoLimit && bytes > limit - all_.current()) return false;
  const Block block{bytes, ++allocations_, account, intern(std::move(stack))};
  if (const auto [place, is_new] = blocks_.emplace(data, block); !is_new) {  // its release was missed
    change(place->second.account, -place->second.bytes);
    place->second = block;
  }
  change(account, bytes);
  return true;
}

void Ledger::freed(const void* data) {
  const std::lock_guard lock(mutex_);
  release(data);
}

void Ledger::release(const void* data) {
  const auto found = blocks_.find(data);
  if (found == blocks_.end()) return;
  const Block block = found->second;
  blocks_.erase(found);
  change(block.account, -block.bytes);
}

void Ledger::change(const MemoryAccount& account, std::int64_t bytes) {
  if (account.id >= balances_.size()) balances_.resize(account.id + 1);
  AccountBalance& balance = balances_[account.id];
  balance.account = account;
  const std::int64_t held = balance.bytes;
  balance.bytes += bytes;
  all_.changed(account, held, bytes);
  for (Span& span : spans_) {
    if (!span.record.counts(account)) continue;
    span.record.changed(account, held, bytes);
    if (span.clock) span.timeline.add({span.clock->now(), span.record.by_category()});
  }
}

DeviceMemory Ledger::memory() const {
  const std::lock_guard lock(mutex_);
  return {all_.current(), all_.peak()};
}

void Ledger::reset_peak() {
  const std::lock_guard lock(mutex_);
  all_.reset();
}

MemoryUsage Ledger::usage() const { return usage(all_); }

MemoryUsage Ledger::usage(const PeakRecord& record) const {
  std::vector<AccountBalance> held, at_peak;
  MemoryUsage usage;
  {
    const std::lock_guard lock(mutex_);
    std::ranges::copy_if(balances_, std::back_inserter(held),
                         [&](const AccountBalance& balance) { return record.counts(balance.account); });
    at_peak = record.at_peak();
    usage.current = record.current();
    usage.peak = record.peak();
  }
  usage.held = named(held);
  usage.at_peak = named(at_peak);
  return usage;
}

std::uint64_t Ledger::mark() const {
  const std::lock_guard lock(mutex_);
  return allocations_;
}

std::vector<LiveBlock> Ledger::blocks_since(std::uint64_t mark) const {
  std::map<std::uint64_t, LiveBlock> found;  // by number
  const std::lock_guard lock(mutex_);
  for (const auto& [data, block] : blocks_) {
    if (block.number > mark) found[block.number] = {data, block.bytes, block.account, stacks_[block.stack]};
  }
  std::vector<LiveBlock> blocks;
  for (auto& [number, block] : found) blocks.push_back(std::move(block));
  return blocks;
}

std::uint32_t Ledger::intern(CallStack stack) {
  if (stack.empty()) return 0;
  const auto [place, is_new] = stack_ids_.try_emplace(std::move(stack), stacks_.size());
  if (is_new) stacks_.push_back(place->first);
  return place->second;
}

Ledger::Spans::iterator Ledger::open(std::optional<int> owner, const Clock* clock) {
  const std::lock_guard lock(mutex_);
  spans_.push_back({PeakRecord(balances_, owner), clock, MemoryTimeline(clock ? clock->now() : 0)});
  Span& span = spans_.back();
  if (clock) span.timeline.add({clock->now(), span.record.by_category()});
  return std::prev(spans_.end());
}

void Ledger::close(Spans::iterator span) {
  const std::lock_guard lock(mutex_);
  spans_.erase(span);
}

std::int64_t Ledger::peak(const Span& span) const {
  const std::lock_guard lock(mutex_);
  return span.record.peak();
}

std::vector<MemorySample> Ledger::timeline(const Span& span) const {
  const std::lock_guard lock(mutex_);
  return span.timeline.samples();
}

}  // namespace clipmill
