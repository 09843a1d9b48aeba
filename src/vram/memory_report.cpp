#include "vram/memory_report.h"

#include <nlohmann/json.hpp>

namespace clipmill {

StageMemory stage_memory(std::string stage, const MemoryUsage& usage, std::size_t most) {
  StageMemory memory{.stage = std::move(stage), .peak = usage.peak, .at_peak = by_category(usage.at_peak)};
  const std::size_t count = std::min(most, usage.at_peak.size());
  memory.largest.assign(usage.at_peak.begin(), usage.at_peak.begin() + static_cast<std::ptrdiff_t>(count));
  return memory;
}

void to_json(nlohmann::json& json, const BytesByCategory& bytes) {
  json = nlohmann::json::object();
  for (std::size_t i = 0; i < kMemoryCategories.size(); ++i)
    json[std::string(kMemoryCategories[i])] = bytes.bytes[i];
}

void to_json(nlohmann::json& json, const AccountUsage& account) {
  json = {{"scope", account.path},
          {"category", to_string(account.category)},
          {"lane", account.owner},
          {"job", account.job},
          {"bytes", account.bytes}};
}

void to_json(nlohmann::json& json, const MemorySample& sample) {
  to_json(json, sample.bytes);
  json["seconds"] = sample.seconds;
}

void to_json(nlohmann::json& json, const ReservedMemory& reserved) {
  json = {{"used", reserved.used}, {"reserved", reserved.reserved}};
  if (reserved.largest_free) json["largest_free"] = *reserved.largest_free;
  if (reserved.outside) json["outside"] = *reserved.outside;
}

void to_json(nlohmann::json& json, const StageMemory& stage) {
  json = {
      {"stage", stage.stage}, {"peak", stage.peak}, {"at_peak", stage.at_peak}, {"largest", stage.largest}};
  if (!stage.plan.empty()) json["plan"] = stage.plan;
  if (stage.begin) json["begin"] = *stage.begin;
  if (stage.seconds) json["seconds"] = *stage.seconds;
  if (stage.reserved) json["reserved"] = *stage.reserved;
}

void to_json(nlohmann::json& json, const MemoryReport& report) {
  json = {{"device", report.device},
          {"budget", report.budget},
          {"stages", report.stages},
          {"job", report.job},
          {"timeline", report.timeline}};
  if (report.process) json["process"] = {{"before", report.process->before}, {"peak", report.process->peak}};
}

}  // namespace clipmill
