#include "simulate/simulation_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "observe/html.h"
#include "observe/report_style.h"
#include "simulate/gantt.h"
#include "simulate/timeline.h"
#include "simulate/wait_statistics.h"

namespace clipmill {
namespace {

constexpr int kParts = 250;
constexpr double kPlotLeft = 70, kPlotWidth = 1'000, kPlotHeight = 110;

constexpr std::string_view kChartStyle = R"css(
:root { --p0: #d1495b; --p1: #3d6fd6; --p2: #2a9d8f; --p3: #c98a1b; --p4: #9b5de5; }
@media (prefers-color-scheme: dark) { :root { --p0: #e4707f; --p1: #6c97f0; --p2: #45b8aa; --p3: #d9a441; --p4: #b388f2; } }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--quiet); font: 12px system-ui, sans-serif; }
.key { margin-right: 20px; }
)css";

/// A level over time, filled from 0 to `most`.
std::string level_svg(const std::vector<double>& levels, double most, const std::string& top,
                      std::string_view colour, std::string_view what) {
  std::string path = fmt::format("M{} {}", kPlotLeft, kPlotHeight);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const double y = kPlotHeight - (most > 0 ? levels[i] / most : 0) * (kPlotHeight - 4);
    path +=
        fmt::format("V{:.1f}H{:.1f}", y,
                    kPlotLeft + kPlotWidth * static_cast<double>(i + 1) / static_cast<double>(levels.size()));
  }
  return fmt::format(
      R"svg(<svg viewBox="0 0 {} {}" role="img" aria-label="{}"><text x="0" y="14">{}</text><text x="0" y="{}">0</text>)svg"
      R"svg(<rect x="{}" y="4" width="{}" height="{}" fill="var(--well)"/><path d="{}V{}Z" fill="var({})"/></svg>)svg",
      kPlotLeft + kPlotWidth, kPlotHeight + 4, what, top, kPlotHeight, kPlotLeft, kPlotWidth, kPlotHeight - 4,
      path, kPlotHeight, colour);
}

std::string panel(std::string_view heading, const std::string& content) {
  return fmt::format("<h3>{}</h3>\n<div class=\"panel\">{}</div>\n", heading, content);
}

std::string wait_cells(const nlohmann::ordered_json& figures) {
  const auto time = [&](const char* key) { return format_seconds(figures.value(key, 0.0)); };
  return fmt::format("<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>",
                     figures.value("jobs", 0), time("mean_wait"), time("p95_wait"), time("p99_wait"),
                     time("max_wait"), time("makespan"));
}

constexpr std::string_view kWaitHeads =
    "<th>jobs</th><th>mean wait</th><th>95 %</th><th>99 %</th><th>longest</th><th>makespan</th>";

std::string class_table(const nlohmann::ordered_json& figures, const std::vector<int>& priorities) {
  double longest = 0;
  for (const auto& [name, part] : figures["by_priority"].items())
    longest = std::max(longest, part.value("p95_wait", 0.0));
  std::string rows;
  for (std::size_t rank = 0; rank < priorities.size(); ++rank) {
    const auto& part = figures["by_priority"][std::to_string(priorities[rank])];
    const double share = longest > 0 ? 100 * part.value("p95_wait", 0.0) / longest : 0;
    rows += fmt::format(
        R"svg(<tr><td><span class="dot" style="background:var({0})"></span>priority {1}</td>{2}<td class="share"><div class="bar"><i style="width:{3:.1f}%;background:var({0})"></i></div></td></tr>)svg"
        "\n",
        priority_colour(rank), priorities[rank], wait_cells(part), share);
  }
  return fmt::format("<div class=\"scroll\"><table><tr><th>class</th>{}<th>95 %</th></tr>\n{}</table></div>",
                     kWaitHeads, rows);
}

std::string section(const Workload& workload, const PolicySimulation& each, const SimulationOptions& options,
                    const nlohmann::ordered_json& figures) {
  const Timeline line = timeline(workload, each.simulation, options.devices, kParts);
  const double most = line.waiting.empty() ? 0 : std::ranges::max(line.waiting);
  std::string note;
  const std::string gantt = gantt_svg(workload, each.simulation, options.devices, note);
  return fmt::format("<h2>{}</h2>\n<p class=\"quiet\">{}</p>\n", each.policy->name,
                     escape_html(each.policy->formula)) +
         panel("What ran where",
               gantt + (note.empty() ? "" : fmt::format("<p class=\"quiet\">{}</p>", note))) +
         panel("Jobs waiting",
               level_svg(line.waiting, most, fmt::format("{:.0f}", most), "--p3", "jobs waiting")) +
         panel("Devices busy", level_svg(line.busy_devices, 1, "100 %", "--p1", "devices busy")) +
         panel("Memory held", level_svg(line.memory, 1, "100 %", "--p2", "memory held")) +
         panel("Waits by class", class_table(figures, priorities_of(workload)));
}

}  // namespace

std::string simulation_page(const Workload& workload, const std::vector<PolicySimulation>& simulations,
                            const SimulationOptions& options, const std::string& title,
                            const std::string& answer) {
  std::string rows, sections;
  for (const PolicySimulation& each : simulations) {
    const auto figures = simulation_json(workload, each.simulation, *each.policy, options);
    rows += fmt::format("<tr><td>{}</td>{}</tr>\n", each.policy->name, wait_cells(figures));
    sections += section(workload, each, options, figures);
  }
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" "
      "content=\"width=device-width\">\n<title>{0}</title>\n<style>{1}{2}</style></head><body>\n"
      "<h1>{0}</h1>\n<p class=\"quiet\">{3} jobs on {4} devices, in virtual time</p>\n{5}"
      "<div class=\"panel "
      "scroll\"><table><tr><th>policy</th>{6}</tr>\n{7}</table></div>\n{8}</body></html>\n",
      escape_html(title), kReportStyle, kChartStyle, workload.jobs.size(), options.devices.size(),
      answer.empty() ? "" : fmt::format("<p><b>{}</b></p>\n", escape_html(answer)), kWaitHeads, rows,
      sections);
}

}  // namespace clipmill
