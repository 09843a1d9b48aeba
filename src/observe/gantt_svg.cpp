#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "observe/columns.h"
#include "observe/gantt.h"
#include "observe/html.h"

namespace clipmill {
namespace {

constexpr double kLeft = 110, kPlot = 1000, kRight = 20, kTop = 8, kRow = 26, kBar = 20, kAxis = 28;
constexpr std::size_t kColours = 8;

constexpr std::string_view kGanttStyle = R"css(
.gantt { --text: #1d1d1b; --quiet: #6b6b66; --line: #e2e2dd; --bar: #3d6fd6; font: 12px system-ui, "Noto Sans CJK SC", sans-serif; color-scheme: light dark; }
.gantt text { fill: var(--quiet); }
.gantt rect { stroke: var(--line); stroke-width: .5; fill: var(--bar); }
.gantt line { stroke: var(--line); }
.gantt .label { fill: #fff; font-size: 11px; pointer-events: none; }
.gantt .g0 { --bar: #3d6fd6; } .gantt .g1 { --bar: #217a70; } .gantt .g2 { --bar: #96670f; } .gantt .g3 { --bar: #c03d4d; }
.gantt .g4 { --bar: #8347c8; } .gantt .g5 { --bar: #4f7a28; } .gantt .g6 { --bar: #a84a86; } .gantt .g7 { --bar: #636a73; }
@media (prefers-color-scheme: dark) { .gantt { --text: #ececea; --quiet: #a0a09b; --line: #333336; } }
)css";

constexpr std::string_view kPageStyle = R"css(
:root { color-scheme: light dark; --page: #f6f6f4; --card: #fff; --text: #1d1d1b; --line: #e2e2dd; }
@media (prefers-color-scheme: dark) { :root { --page: #151516; --card: #1f1f21; --text: #ececea; --line: #333336; } }
body { margin: 0 auto; max-width: 1280px; padding: 32px 24px; background: var(--page); color: var(--text);
       font: 15px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
h1 { margin: 0 0 16px; font-size: 22px; overflow-wrap: anywhere; }
.panel { overflow-x: auto; padding: 16px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
svg { display: block; width: 100%; min-width: 700px; height: auto; }
)css";

std::vector<std::string> groups_of(const GanttChart& chart) {
  std::vector<std::string> groups;
  for (const GanttBar& bar : chart.bars) {
    if (std::ranges::find(groups, bar.group) == groups.end()) groups.push_back(bar.group);
  }
  return groups;
}

std::string bar_svg(const GanttChart& chart, const GanttBar& bar, std::size_t colour, double scale) {
  const double x = kLeft + bar.start * scale, y = kTop + kRow * bar.row,
               width = (bar.end - bar.start) * scale;
  std::string svg = fmt::format(
      "<g class=\"g{}\"><title>{}: {:.6g} to {:.6g}{}{}</title><rect x=\"{:.2f}\" y=\"{:.2f}\" "
      "width=\"{:.2f}\" "
      "height=\"{}\" rx=\"2\"/>",
      colour % kColours, escape_html(bar.label), bar.start, bar.end,
      chart.unit.empty() ? "" : " " + escape_html(chart.unit),
      bar.group.empty() ? "" : ", " + escape_html(bar.group), x, y, width, kBar);
  constexpr double kLetter = 7;  // a column of the label's font
  const auto letters = static_cast<std::size_t>(std::max(0.0, width - 6) / kLetter);
  if (const std::string label = letters > 0 ? fit_columns(bar.label, letters) : "";
      !label.empty() && label != "…") {
    svg += fmt::format("<text class=\"label\" x=\"{:.2f}\" y=\"{:.2f}\">{}</text>", x + 3, y + 14,
                       escape_html(label));
  }
  return svg + "</g>\n";
}

/// 1, 2 or 5 times a power of ten, for about eight ticks.
double tick_step(double end) {
  const double power = std::pow(10, std::floor(std::log10(end / 8)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (end / (factor * power) <= 8) return factor * power;
  }
  return 10 * power;
}

std::string axis_svg(double end, double scale, double height, const std::string& unit) {
  std::string svg;
  if (end <= 0) return svg;
  const double step = tick_step(end);
  for (int i = 0; i * step <= end * (1 + 1e-9); ++i) {
    const double x = kLeft + i * step * scale;
    svg += fmt::format(
        "<line x1=\"{0:.2f}\" x2=\"{0:.2f}\" y1=\"0\" y2=\"{1:.2f}\"/><text x=\"{0:.2f}\" y=\"{2:.2f}\" "
        "text-anchor=\"middle\">{3:.6g}{4}</text>\n",
        x, height, height + 16, i * step, i == 0 ? " " + escape_html(unit) : "");
  }
  return svg;
}

std::string legend_svg(const std::vector<std::string>& groups, double y) {
  if (groups.size() < 2) return "";
  std::string svg;
  double x = kLeft;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    svg += fmt::format(
        "<g class=\"g{}\"><rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"10\" height=\"10\" rx=\"2\"/><text "
        "x=\"{:.2f}\" "
        "y=\"{:.2f}\">{}</text></g>\n",
        i % kColours, x, y, x + 16, y + 10, escape_html(groups[i]));
    x += 40 + 7 * static_cast<double>(columns(groups[i]));
  }
  return svg;
}

}  // namespace

std::string gantt_svg(const GanttChart& chart) {
  const double end = end_of(chart), scale = end > 0 ? kPlot / end : 0;
  const double rows = kTop + kRow * static_cast<double>(chart.rows.size());
  const std::vector<std::string> groups = groups_of(chart);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"gantt\" viewBox=\"0 0 {} {}\" role=\"img\">\n"
      "<title>{}</title>\n<style>{}</style>\n",
      kLeft + kPlot + kRight, rows + kAxis + 24, escape_html(chart.title), kGanttStyle);
  svg += axis_svg(end, scale, rows, chart.unit);
  for (std::size_t row = 0; row < chart.rows.size(); ++row) {
    svg += fmt::format("<text x=\"0\" y=\"{:.2f}\">{}</text>\n", kTop + kRow * static_cast<double>(row) + 14,
                       escape_html(fit_columns_middle(chart.rows[row], 15)));
  }
  for (const GanttBar& bar : chart.bars) {
    if (bar.row < 0 || bar.row >= static_cast<int>(chart.rows.size())) continue;
    svg += bar_svg(chart, bar,
                   static_cast<std::size_t>(std::ranges::find(groups, bar.group) - groups.begin()), scale);
  }
  return svg + legend_svg(groups, rows + kAxis) + "</svg>\n";
}

std::string gantt_html(const GanttChart& chart) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<style>{1}</style></head>\n"
      "<body><h1>{0}</h1><div class=\"panel\">\n{2}</div></body></html>\n",
      escape_html(chart.title), kPageStyle, gantt_svg(chart));
}

}  // namespace clipmill
