// Where in the program this thread allocates, for the ledger.
#pragma once

#include <string_view>

#include "vram/memory_account.h"

namespace clipmill {

/// From its construction to its end, in this thread, device memory is counted on an account inside of the one
/// before:
///   MemoryScope block("block", i);                                    // …/block 3
///   MemoryScope weights(MemoryCategory::kModel, "transformer");       // …/transformer, as model
/// A name is a fixed word of the code, never a job's. The outermost scope is the stage.
class MemoryScope {
 public:
  explicit MemoryScope(std::string_view name);
  /// "name index", without making a string each time.
  MemoryScope(std::string_view name, int index);
  explicit MemoryScope(MemoryCategory category, std::string_view name = {});
  /// Takes over another thread's account: for threads that work on behalf of a lane.
  explicit MemoryScope(const MemoryAccount& account);
  ~MemoryScope();
  MemoryScope(const MemoryScope&) = delete;
  MemoryScope& operator=(const MemoryScope&) = delete;

  /// A thread without a scope allocates intermediates that are nobody's.
  static MemoryAccount current();

 private:
  MemoryAccount outer_;
};

/// What `make` gives, its memory counted in a scope.
template <typename Make>
auto within(MemoryCategory category, std::string_view name, const Make& make) {
  const MemoryScope scope(category, name);
  return make();
}

}  // namespace clipmill
