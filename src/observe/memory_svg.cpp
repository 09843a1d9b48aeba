// Bytes in use over a clip's time, as a picture.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "core/memory_category.h"
#include "observe/html.h"
#include "observe/memory_json.h"
#include "observe/memory_report.h"

namespace clipmill {
namespace {

using nlohmann::json;

/// Where a second and a byte lie in the picture.
struct MemoryPlot {
  static constexpr double kWidth = 900, kHeight = 260, kLeft = 80, kTop = 24;
  double seconds, bytes;

  double x(double at) const { return kLeft + (seconds > 0 ? at / seconds * (kWidth - kLeft) : 0); }
  double y(double at) const { return kTop + kHeight * (1 - (bytes > 0 ? at / bytes : 0)); }
};

/// What is in use up to and with a category, of all in this order.
double stacked(const json& sample, std::size_t category) {
  double sum = 0;
  for (std::size_t i = 0; i <= category; ++i)
    sum += static_cast<double>(bytes_in(sample, kMemoryCategories[i]));
  return sum;
}

/// A sample holds until the next: steps, no slopes.
std::string area(const json& timeline, std::size_t category, const MemoryPlot& plot) {
  std::string points =
      fmt::format("{:.1f},{:.1f}", plot.x(timeline.front().value("seconds", 0.0)), plot.y(0));
  double before = 0;
  for (const json& sample : timeline) {
    const double x = plot.x(sample.value("seconds", 0.0)), y = stacked(sample, category);
    points += fmt::format(" {0:.1f},{1:.1f} {0:.1f},{2:.1f}", x, plot.y(before), plot.y(y));
    before = y;
  }
  const double end = plot.x(plot.seconds);
  points += fmt::format(" {0:.1f},{1:.1f} {0:.1f},{2:.1f}", end, plot.y(before), plot.y(0));
  return fmt::format("<polygon class=\"{}\" points=\"{}\"><title>{}</title></polygon>\n",
                     kMemoryCategories[category], points, kMemoryCategories[category]);
}

std::string stage_marks(const json& report, const MemoryPlot& plot) {
  std::string marks;
  double free_from = 0;  // labels do not overlap
  for (const json& stage : report.at("stages")) {
    if (!stage.contains("begin")) continue;
    const double x = plot.x(stage.value("begin", 0.0));
    marks += fmt::format("<line class=\"mark\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>\n", x,
                         MemoryPlot::kTop, MemoryPlot::kTop + MemoryPlot::kHeight);
    const std::string name = stage.value("stage", "");
    if (x < free_from) continue;
    marks += fmt::format("<text x=\"{:.1f}\" y=\"{}\">{}</text>\n", x + 3, MemoryPlot::kTop - 8,
                         escape_html(name));
    free_from = x + 8 + 7 * static_cast<double>(name.size());
  }
  return marks;
}

std::string level(double bytes, std::string_view style, const std::string& label, const MemoryPlot& plot) {
  return fmt::format(
      "<line class=\"{0}\" x1=\"{1}\" x2=\"{2}\" y1=\"{3:.1f}\" y2=\"{3:.1f}\"/><text x=\"{4}\" "
      "y=\"{5:.1f}\" "
      "text-anchor=\"end\">{6}</text>\n",
      style, MemoryPlot::kLeft, MemoryPlot::kWidth, plot.y(bytes), MemoryPlot::kLeft - 6, plot.y(bytes) + 4,
      escape_html(label));
}

constexpr std::string_view kChartStyle =
    "text{font:12px system-ui,sans-serif;fill:currentColor}.model{fill:#3d6fd6}.data{fill:#c98a1b}"
    ".intermediate{fill:#2a9d8f}.mark{stroke:currentColor;stroke-opacity:.25}.grid{stroke:currentColor;"
    "stroke-opacity:.15}.budget{stroke:#b3261e;stroke-dasharray:5 4}";

std::string legend() {
  std::string text;
  double x = MemoryPlot::kLeft;
  for (const std::string_view category : kMemoryCategories) {
    text += fmt::format(
        "<rect class=\"{0}\" x=\"{1}\" y=\"{2}\" width=\"10\" height=\"10\"/><text x=\"{3}\" "
        "y=\"{4}\">{0}</text>\n",
        category, x, MemoryPlot::kTop + MemoryPlot::kHeight + 14, x + 15,
        MemoryPlot::kTop + MemoryPlot::kHeight + 23);
    x += 110;
  }
  return text;
}

}  // namespace

std::string memory_svg(const json& report) {
  const json& timeline = report.at("timeline");
  if (timeline.empty()) return "";
  const double budget = static_cast<double>(bytes_in(report, "budget"));
  MemoryPlot plot{report.at("job").value("seconds", 0.0),
                  static_cast<double>(bytes_in(report.at("job"), "peak"))};
  for (const json& sample : timeline) plot.seconds = std::max(plot.seconds, sample.value("seconds", 0.0));
  const bool shows_budget = budget > 0 && budget < 4 * plot.bytes;
  if (shows_budget) plot.bytes = std::max(plot.bytes, budget);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\">\n<title>device memory "
      "over "
      "time</title>\n<style>{}</style>\n",
      MemoryPlot::kWidth + 10, MemoryPlot::kTop + MemoryPlot::kHeight + 40, kChartStyle);
  for (std::size_t category = kMemoryCategories.size(); category-- > 0;)
    svg += area(timeline, category, plot);
  svg += level(plot.bytes, "grid", format_bytes(static_cast<std::int64_t>(plot.bytes)), plot) +
         level(plot.bytes / 2, "grid", format_bytes(static_cast<std::int64_t>(plot.bytes / 2)), plot);
  if (shows_budget) svg += level(budget, "budget", "budget", plot);
  svg += stage_marks(report, plot) + legend();
  return svg + fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n</svg>\n",
                           MemoryPlot::kWidth, MemoryPlot::kTop + MemoryPlot::kHeight + 23,
                           format_seconds(plot.seconds));
}

}  // namespace clipmill
