// What runs where and when, drawn: for a terminal, as SVG, and as a page.
#pragma once

#include <string>
#include <vector>

namespace clipmill {

struct GanttBar {
  int row = 0;
  double start = 0, end = 0;  ///< start ≤ end
  std::string label;
  std::string group;  ///< bars of one group share a colour; its name stands in the legend
};

/// Bars of one row should not overlap. `rows` are the names of the rows; bars of other rows are left out.
struct GanttChart {
  std::string title;
  std::vector<std::string> rows;
  std::vector<GanttBar> bars;
  std::string unit = "s";  ///< of start and end
};

/// When the last bar ends.
double end_of(const GanttChart& chart);

/// A line a row, of `width` columns with the row's name, and the axis below; "┣" is where a bar begins. Of
/// more than `most_rows` rows the first are drawn and the rest counted.
std::string gantt_text(const GanttChart& chart, int width = 100, int most_rows = 24);
/// A whole SVG file, light or dark as the reader's system is. Hovering over a bar tells its label and times.
std::string gantt_svg(const GanttChart& chart);
/// A whole page with the same drawing and its legend; one file, no scripts.
std::string gantt_html(const GanttChart& chart);

}  // namespace clipmill
