// What a job leaves in device memory that should not be there.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "vram/ledger.h"
#include "vram/resident_blocks.h"

namespace clipmill {

/// Blocks of one account that were allocated by the same calls.
struct Leak {
  std::int64_t bytes = 0;
  std::int64_t blocks = 0;
  int lane = 0;  ///< 0 is nobody
  MemoryCategory category = MemoryCategory::kIntermediate;
  std::string path;  ///< the scope: "denoise/block 3/ffn"
  CallStack stack;   ///< empty where calls were not traced
};

/// Made before a job of the thread's lane, asked after it, when the job has released everything. What was
/// there before is not looked at; of what came, only resident blocks may stay. A first job may leave what
/// libraries keep for good (oneDNN does): judge from the second of a kind on.
class LeakFinder {
 public:
  explicit LeakFinder(const Ledger& ledger);

  /// Largest first. `of_nobody`: whether what threads without a scope left counts as well. Not where other
  /// lanes have worked meanwhile.
  std::vector<Leak> find(const ResidentBlocks& resident, bool of_nobody = false) const;

 private:
  const Ledger& ledger_;
  int lane_;
  std::uint64_t mark_;
};

/// "intermediate of lane 1 in denoise/block 3", and below it the calls, innermost first: the same for all
/// leaks of one place.
std::string place_of(const Leak& leak);

/// As tracemalloc prints it: "size=3.0 MiB, count=2, average=1.5 MiB: intermediate of lane 1 in denoise/block
/// 3", and below it the calls, innermost first.
std::string describe(const Leak& leak);

void to_json(nlohmann::json& json, const Leak& leak);

}  // namespace clipmill
