// What the stages of a clip took of its device's memory, gathered for the file that the job asks for.
#pragma once

#include <optional>
#include <string>

#include "core/memory_plan.h"
#include "core/stage.h"
#include "stages/reporter.h"
#include "vram/memory_report.h"
#include "vram/peak_span.h"

namespace clipmill {

class ClipMemory {
 public:
  /// From now on. `file` is written as JSON (vram/memory_report.h, with the plans); empty: nothing is
  /// gathered. `process_before`: resident bytes of the process before it had any tensor. `alone`: no other
  /// job of the process is measured now.
  ClipMemory(std::string file, Device& device, const Clock& clock, std::int64_t process_before, bool alone);

  /// A stage that has just ended.
  void add(Stage stage, const StageTimer& timer, const MemoryPlan& plan);
  /// Throws Error(kIo).
  void write(const MemoryPlan& plan) const;

 private:
  const std::string file_;
  Device& device_;
  const Clock& clock_;
  const double began_;
  std::optional<PeakSpan> span_;
  MemoryReport report_;
};

}  // namespace clipmill
