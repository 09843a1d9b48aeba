// Who holds how much device memory, by name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/memory_category.h"

namespace clipmill {

struct AccountUsage {
  int owner = 0;    ///< a lane's number; 0 is nobody
  std::string job;  ///< what the lane works on now; empty for nothing
  MemoryCategory category = MemoryCategory::kIntermediate;
  std::string path;  ///< "denoise/block 3/ffn"; empty outside of any scope
  std::int64_t bytes = 0;

  bool operator==(const AccountUsage&) const = default;
};

/// Largest account first; each list adds up to its number exactly.
struct MemoryUsage {
  std::int64_t current = 0;
  std::vector<AccountUsage> held;
  std::int64_t peak = 0;
  std::vector<AccountUsage> at_peak;
};

BytesByCategory by_category(const std::vector<AccountUsage>& accounts);

/// "2.1 GiB denoise/block 3 (intermediate, lane 1: clip-7), …" of the largest `most`.
std::string describe(const std::vector<AccountUsage>& accounts, std::size_t most);

}  // namespace clipmill
