#include "observe/memory_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "core/memory_category.h"
#include "observe/html.h"
#include "observe/memory_json.h"
#include "observe/report_style.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr std::size_t kLargest = 3;

std::string largest_of(const json& stage) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kLargest, stage.at("largest").size()); ++i) {
    const json& account = stage.at("largest").at(i);
    const std::string scope = account.value("scope", "");
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", scope.empty() ? "?" : scope,
                        format_bytes(bytes_in(account, "bytes")));
  }
  return text;
}

std::string stage_line(const json& stage) {
  std::string line = fmt::format("{:<14}{:>12}{:>12}", stage.value("stage", ""),
                                 stage.contains("expected") ? format_bytes(bytes_in(stage, "expected")) : "",
                                 format_bytes(bytes_in(stage, "peak")));
  for (const std::string_view category : kMemoryCategories)
    line += fmt::format("{:>14}", format_bytes(bytes_in(stage.at("at_peak"), category)));
  return fmt::format("{}  {}\n", line, largest_of(stage));
}

/// The process is more than its tensors; what the rest is, as far as anybody knows.
std::string process_line(const json& report) {
  if (!report.contains("process")) return "";
  const std::int64_t before = bytes_in(report.at("process"), "before"),
                     peak = bytes_in(report.at("process"), "peak");
  const std::int64_t tensors = bytes_in(report.at("job"), "peak");
  const std::int64_t rest = peak - before - tensors;
  const std::string explained =
      rest >= 0
          ? fmt::format(
                "+ {} else (kernels' own buffers, code that was loaded, frames on their way, what the "
                "heap keeps)",
                format_bytes(rest))
          : fmt::format("− {} (pages that no tensor touched, or the system took back)", format_bytes(-rest));
  return fmt::format("process: at most {} = {} before any tensor (programs, libraries) + {} of tensors {}\n",
                     format_bytes(peak), format_bytes(before), format_bytes(tensors), explained);
}

/// What the allocator had from the system where it was most, and how much of that no tensor used.
std::string reserved_line(const json& report) {
  const json& stages = report.at("stages");
  const auto reserved_of = [](const json& stage) {
    return bytes_in(stage.value("reserved", json::object()), "reserved");
  };
  const auto most = std::ranges::max_element(stages, {}, reserved_of);
  if (most == stages.end() || !most->contains("reserved")) return "";
  const json& memory = most->at("reserved");
  const std::int64_t used = bytes_in(memory, "used"), reserved = bytes_in(memory, "reserved");
  std::string text = fmt::format("allocator: {} from the system after {}, {} of it in use, {} free",
                                 format_bytes(reserved), most->value("stage", ""), format_bytes(used),
                                 format_bytes(std::max<std::int64_t>(0, reserved - used)));
  if (memory.contains("largest_free"))
    text += fmt::format(", {} at a stretch", format_bytes(bytes_in(memory, "largest_free")));
  if (memory.contains("outside"))
    text += fmt::format("; {} beside it (the driver's context, other processes)",
                        format_bytes(bytes_in(memory, "outside")));
  return text + "\n";
}

}  // namespace

std::string memory_table(const std::string& title, const json& report) {
  const std::int64_t budget = bytes_in(report, "budget");
  std::string text = fmt::format("memory of {} on {}{}, plan {}\n", title, report.value("device", ""),
                                 budget > 0 ? fmt::format(" within {}", format_bytes(budget)) : "",
                                 report.value("plan", "resident"));
  text += fmt::format("{:<14}{:>12}{:>12}{:>14}{:>14}{:>14}  {}\n", "stage", "expected", "peak", "model",
                      "data", "intermediate", "largest at the peak");
  for (const json& stage : report.at("stages")) text += stage_line(stage);
  text += stage_line(report.at("job"));
  const auto stays = [](const json& stage) { return stage.value("plan", "").starts_with("resident"); };
  if (std::ranges::any_of(report.at("stages"), stays))
    text += "expected: with every component in place, as the plan keeps them from the second clip on\n";
  return text + process_line(report) + reserved_line(report);
}

std::string memory_page(const std::string& title, std::span<const NamedMemoryReport> reports) {
  std::string page = fmt::format(
      "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, "
      "initial-scale=1\">\n<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n"
      "<h1>{0}</h1>\n",
      escape_html(title), kReportStyle);
  for (const auto& [name, report] : reports) {
    page += fmt::format("<h2>{}</h2>\n<div class=\"panel scroll\">\n{}<pre>{}</pre></div>\n",
                        escape_html(name), memory_svg(report), escape_html(memory_table(name, report)));
  }
  return page + "</body>\n</html>\n";
}

}  // namespace clipmill
