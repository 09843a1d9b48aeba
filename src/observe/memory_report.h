// How much device memory clips took, stage by stage, for people: what workers measured (JSON,
// vram/memory_report.h) as a table and as a page.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace clipmill {

/// Peaks split into model + data + intermediate, beside what was expected (`expected` of a stage, in bytes),
/// what was largest at each, the process as the system saw it, with what explains the difference, and what
/// the allocator kept. For a terminal.
std::string memory_table(const std::string& title, const nlohmann::json& report);

/// Bytes in use over a clip's time, stacked by category, with its stages marked and the budget as a line.
std::string memory_svg(const nlohmann::json& report);

/// What a worker measured of a clip.
struct NamedMemoryReport {
  std::string name;
  nlohmann::json report;
};

/// One page without other files.
std::string memory_page(const std::string& title, std::span<const NamedMemoryReport> reports);

}  // namespace clipmill
