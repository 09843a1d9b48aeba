#include "stages/clip_memory.h"

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/resident_set.h"
#include "core/memory_ladder.h"

namespace clipmill {

ClipMemory::ClipMemory(std::string file, Device& device, const Clock& clock, std::int64_t process_before,
                       bool alone)
    : file_(std::move(file)), device_(device), clock_(clock), began_(clock.now()) {
  if (file_.empty()) return;
  span_.emplace(device, &clock);
  if (alone) restart_resident_peak();
  report_.device = device.description();
  report_.budget = device.budget();
  if (device.torch_device().is_cpu()) report_.process = ProcessMemory{.before = process_before};
}

void ClipMemory::add(Stage stage, const StageTimer& timer, const MemoryPlan& plan) {
  if (!span_) return;
  StageMemory memory = stage_memory(std::string(to_string(stage)), timer.usage());
  memory.begin = timer.started() - began_;
  memory.seconds = clock_.now() - timer.started();
  memory.reserved = device_.reserved();
  memory.plan = to_string(plan);
  report_.stages.push_back(std::move(memory));
}

void ClipMemory::write(const MemoryPlan& plan) const {
  if (!span_) return;
  MemoryReport report = report_;
  report.job = stage_memory("clip", span_->usage());
  report.job.begin = 0;
  report.job.seconds = clock_.now() - began_;
  report.timeline = span_->timeline();
  for (MemorySample& sample : report.timeline) sample.seconds -= began_;
  if (report.process) report.process->peak = resident_set().peak;
  nlohmann::json json = report;
  json["plan"] = to_string(plan);
  write_file(file_, json.dump(1));
}

}  // namespace clipmill
