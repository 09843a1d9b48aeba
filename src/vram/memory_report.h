// How much device memory a job took, stage by stage, and what took it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

#include "vram/device_memory.h"
#include "vram/memory_timeline.h"
#include "vram/memory_usage.h"

namespace clipmill {

/// Of a stage, or of a whole job. Times are seconds since the job's start; bytes are the lane's: what it
/// keeps resident and what its job allocated.
struct StageMemory {
  std::string stage;
  std::string plan;  ///< under which it ran; empty: not told
  std::optional<double> begin, seconds;
  std::int64_t peak = 0;
  BytesByCategory at_peak;                 ///< adds up to `peak`
  std::vector<AccountUsage> largest;       ///< at the peak
  std::optional<ReservedMemory> reserved;  ///< as the stage left it
};

/// Of the process, as the system sees it: VmRSS and VmHWM, or what NVML tells of it.
struct ProcessMemory {
  std::int64_t before = 0;  ///< when no tensor was there yet: libraries, or the driver's context
  std::int64_t peak = 0;
};

struct MemoryReport {
  std::string device;
  std::int64_t budget = 0;  ///< bytes; 0 for none
  std::vector<StageMemory> stages;
  StageMemory job;
  std::vector<MemorySample> timeline;  ///< of the job
  std::optional<ProcessMemory> process;
};

/// Of what PeakSpan measured; keeps the `most` largest accounts.
StageMemory stage_memory(std::string stage, const MemoryUsage& usage, std::size_t most = 10);

void to_json(nlohmann::json& json, const BytesByCategory& bytes);
void to_json(nlohmann::json& json, const AccountUsage& account);
void to_json(nlohmann::json& json, const MemorySample& sample);
void to_json(nlohmann::json& json, const ReservedMemory& reserved);
void to_json(nlohmann::json& json, const StageMemory& stage);
void to_json(nlohmann::json& json, const MemoryReport& report);

}  // namespace clipmill
