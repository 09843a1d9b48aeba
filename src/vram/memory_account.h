// Which account an allocation is counted on: whose it is, what for, and in which scope it was made.
#pragma once

#include <cstdint>

#include "core/memory_category.h"

namespace clipmill {

/// Small enough to lie in a thread's local variable and in the ledger's record of every block. `id` stands
/// for all of it; MemoryAccounts knows the names.
struct MemoryAccount {
  std::uint32_t id = 0;
  std::uint16_t owner = 0;  ///< a lane's number; 0 is nobody
  MemoryCategory category = MemoryCategory::kIntermediate;

  bool operator==(const MemoryAccount& other) const { return id == other.id; }
};

}  // namespace clipmill
