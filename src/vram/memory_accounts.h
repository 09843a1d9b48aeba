// The accounts of this process by number: interned, so that an allocation costs no string.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "vram/memory_account.h"

namespace clipmill {

/// A tree: below each owner its scopes. It only grows, up to the number of scopes that the code has, times
/// owners: a scope's name must not come from a job. Used from any thread; lives as long as the process, as
/// allocators do.
class MemoryAccounts {
 public:
  static constexpr int kNoIndex = -1;

  static MemoryAccounts& instance();

  /// An owner's account outside of any scope, for intermediates.
  MemoryAccount of_owner(int owner);
  /// The scope `name`, or "name index", inside of another account's; an empty name stays in the same scope.
  MemoryAccount inside(const MemoryAccount& parent, MemoryCategory category, std::string_view name,
                       int index = kNoIndex);

  /// "denoise/block 3/ffn"; empty outside of any scope.
  std::string path(const MemoryAccount& account) const;
  /// What an owner works on; empty for nothing.
  void set_job(int owner, std::string job);
  std::string job(int owner) const;

 private:
  struct Key {
    std::uint32_t parent;
    std::uint16_t owner;
    MemoryCategory category;
    int index;
    std::string_view name;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };

  MemoryAccounts();
  std::uint32_t intern(Key key);
  std::string path_below(const Key& key) const;

  mutable std::mutex mutex_;
  std::deque<std::string> names_;  // what the keys' names point to
  std::unordered_map<Key, std::uint32_t, KeyHash> ids_;
  std::vector<std::string> paths_;  // by id
  std::unordered_map<int, std::string> jobs_;
};

}  // namespace clipmill
