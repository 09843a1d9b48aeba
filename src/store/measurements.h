// What stages took, kept beside the jobs so that the next start knows it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/event.h"
#include "core/measurement.h"
#include "store/database.h"
#include "store/statement.h"

namespace clipmill {

/// Of one key and kind; older ones tell of another driver, another neighbour on the device.
inline constexpr std::int64_t kKeptMeasurements = 200;

/// A table of a migrated Database. Calls that add are one transaction each, with Error(kIo) if it fails.
class MeasurementTable {
 public:
  explicit MeasurementTable(Database& database);

  /// Forgets the oldest beyond kKeptMeasurements.
  void add(std::span<const Measurement> measurements);
  void add(const OutOfMemory& failure);

  /// In the order in which they were added.
  std::vector<Measurement> measurements();
  std::vector<OutOfMemory> failures();

 private:
  void insert(const StageKey& key, const ClipShape& shape, const StageWork& work, bool fits, double seconds,
              std::int64_t bytes);

  Database& database_;
  Statement insert_, forget_;
};

/// A stage that ran, as the job's own records have it.
struct PastStage {
  JobSpec job;
  std::string device;
  StageFinished what;
};

/// What a store file tells of the past, read beside a running owner: no lock, no change. Throws Error(kInput)
/// where there is no such file.
struct MeasurementHistory {
  std::vector<Measurement> measurements;
  std::vector<OutOfMemory> failures;
  /// Where the store has no measurements (an older clipmill made it): the stages of its jobs.
  std::vector<PastStage> stages;
};
MeasurementHistory read_measurements(const std::filesystem::path& file);

}  // namespace clipmill
