#include "vram/memory_accounts.h"

#include <fmt/format.h>

namespace clipmill {

MemoryAccounts& MemoryAccounts::instance() {
  static MemoryAccounts& accounts =
      *new MemoryAccounts;  // never destroyed: blocks are freed until the very end
  return accounts;
}

MemoryAccounts::MemoryAccounts() { intern({0, 0, MemoryCategory::kIntermediate, kNoIndex, ""}); }

std::size_t MemoryAccounts::KeyHash::operator()(const Key& key) const {
  const std::uint64_t numbers = std::uint64_t{key.parent} << 32 ^ std::uint64_t{key.owner} << 12 ^
                                std::uint64_t{static_cast<unsigned>(key.index)} << 2 ^
                                static_cast<std::uint64_t>(key.category);
  return std::hash<std::string_view>()(key.name) ^ numbers * 0x9E3779B97F4A7C15ULL;
}

MemoryAccount MemoryAccounts::of_owner(int owner) {
  const auto number = static_cast<std::uint16_t>(owner);
  const std::lock_guard lock(mutex_);
  return {intern({0, number, MemoryCategory::kIntermediate, kNoIndex, ""}), number,
          MemoryCategory::kIntermediate};
}

MemoryAccount MemoryAccounts::inside(const MemoryAccount& parent, MemoryCategory category,
                                     std::string_view name, int index) {
  if (name.empty() && category == parent.category) return parent;
  const std::lock_guard lock(mutex_);
  return {intern({parent.id, parent.owner, category, index, name}), parent.owner, category};
}

std::string MemoryAccounts::path(const MemoryAccount& account) const {
  const std::lock_guard lock(mutex_);
  return paths_.at(account.id);
}

void MemoryAccounts::set_job(int owner, std::string job) {
  const std::lock_guard lock(mutex_);
  jobs_[owner] = std::move(job);
}

std::string MemoryAccounts::job(int owner) const {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(owner);
  return found == jobs_.end() ? "" : found->second;
}

std::uint32_t MemoryAccounts::intern(Key key) {
  if (const auto known = ids_.find(key); known != ids_.end()) return known->second;
  const auto id = static_cast<std::uint32_t>(paths_.size());
  paths_.push_back(path_below(key));
  key.name = names_.emplace_back(key.name);
  ids_.emplace(key, id);
  return id;
}

std::string MemoryAccounts::path_below(const Key& key) const {
  const std::string parent = paths_.empty() ? "" : paths_[key.parent];
  if (key.name.empty()) return parent;
  const std::string name =
      key.index == kNoIndex ? std::string(key.name) : fmt::format("{} {}", key.name, key.index);
  return parent.empty() ? name : parent + "/" + name;
}

}  // namespace clipmill
