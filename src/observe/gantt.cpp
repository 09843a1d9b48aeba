#include "observe/gantt.h"

#include <fmt/format.h>

#include <algorithm>

#include "observe/columns.h"

namespace clipmill {
namespace {

constexpr std::size_t kMostName = 20;

std::size_t name_width(const std::vector<std::string>& rows) {
  std::size_t width = 0;
  for (const std::string& row : rows) width = std::max(width, columns(row));
  return std::min(width, kMostName);
}

std::vector<const GanttBar*> bars_of_row(const GanttChart& chart, int row) {
  std::vector<const GanttBar*> bars;
  for (const GanttBar& bar : chart.bars) {
    if (bar.row == row && bar.end > bar.start) bars.push_back(&bar);
  }
  std::ranges::stable_sort(bars, {}, &GanttBar::start);
  return bars;
}

/// "┣", the label and a line; of one or two cells there is no label.
std::string bar_cells(const GanttBar& bar, std::size_t cells) {
  if (cells == 0) return "";
  std::string text = "┣";
  const std::string label = cells > 2 ? fit_columns(bar.label, cells - 2) : "";
  text += label;
  for (std::size_t i = columns(label) + 1; i < cells; ++i) text += "━";
  return text;
}

std::string row_cells(const std::vector<const GanttBar*>& bars, double cells_per_unit, std::size_t cells) {
  std::string line;
  std::size_t drawn = 0;
  const auto cell = [&](double time) {
    return std::min(cells, static_cast<std::size_t>(std::max(0.0, time) * cells_per_unit + 0.5));
  };
  for (const GanttBar* bar : bars) {
    const std::size_t from = std::max(drawn, cell(bar->start)), to = std::max(from, cell(bar->end));
    line += std::string(from - drawn, ' ') + bar_cells(*bar, to - from);
    drawn = to;
  }
  return line;
}

std::string axis(double end, const std::string& unit, std::size_t cells) {
  const std::string last = fmt::format("{:.6g}{}{}", end, unit.empty() ? "" : " ", unit);
  const std::size_t used = columns(last) + 1;
  return "0" + std::string(cells > used ? cells - used : 1, ' ') + last;
}

}  // namespace

double end_of(const GanttChart& chart) {
  double end = 0;
  for (const GanttBar& bar : chart.bars) end = std::max(end, bar.end);
  return end;
}

std::string gantt_text(const GanttChart& chart, int width, int most_rows) {
  const std::size_t names = name_width(chart.rows);
  const std::size_t cells =
      std::max<std::size_t>(static_cast<std::size_t>(std::max(0, width)), names + 12) - names - 2;
  const double end = end_of(chart);
  const double cells_per_unit = end > 0 ? static_cast<double>(cells) / end : 0;
  const int drawn = std::min(most_rows, static_cast<int>(chart.rows.size()));
  std::string text;
  for (int row = 0; row < drawn; ++row) {
    const std::string name =
        pad_columns(fit_columns(chart.rows[static_cast<std::size_t>(row)], names), names);
    text += name + "  " + row_cells(bars_of_row(chart, row), cells_per_unit, cells) + "\n";
  }
  if (const auto left = chart.rows.size() - static_cast<std::size_t>(drawn))
    text += fmt::format("… and {} more\n", left);
  return text + std::string(names + 2, ' ') + axis(end, chart.unit, cells) + "\n";
}

}  // namespace clipmill
