#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/local_time.h"
#include "observe/gantt.h"
#include "observe/hour_html.h"

namespace clipmill {
namespace {

/// So many bars are drawn, the last ones.
constexpr std::size_t kMostBars = 3'000;

/// The rows of each device: as many as stages ran at once on it.
class ChartRows {
 public:
  /// A row of the device that is free from `start` on; it is taken until `end`.
  std::size_t take(const std::string& device, double start, double end) {
    std::vector<double>& ends = ends_[device];
    auto free = std::ranges::find_if(ends, [start](double busy) { return busy <= start; });
    if (free == ends.end()) free = ends.insert(ends.end(), 0);
    *free = end;
    return static_cast<std::size_t>(free - ends.begin());
  }
  /// The number of a device's first row, when all bars have theirs.
  std::map<std::string, std::size_t> first_rows() const {
    std::map<std::string, std::size_t> first;
    std::size_t rows = 0;
    for (const auto& [device, ends] : ends_) first[device] = rows, rows += ends.size();
    return first;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [device, ends] : ends_) {
      names.push_back(device);
      names.resize(names.size() + ends.size() - 1);
    }
    return names;
  }

 private:
  std::map<std::string, std::vector<double>> ends_;
};

/// The colours that the page's bars have, for the chart's groups, which are numbered as they first appear.
std::string colours(const GanttChart& chart) {
  std::vector<std::string> groups;
  std::string rules;
  for (const GanttBar& bar : chart.bars) {
    if (std::ranges::find(groups, bar.group) != groups.end()) continue;
    rules += fmt::format(".panel .gantt .g{} {{ --bar: var(--{}); }}\n", groups.size(), bar.group);
    groups.push_back(bar.group);
  }
  return "<style>\n" + rules + "</style>\n";
}

}  // namespace

std::string history_svg(const History& history) {
  GanttChart chart{.title = "Stages over time, from " + format_local_time(history.since), .unit = "s"};
  ChartRows rows;
  const std::size_t skipped = history.stages.size() - std::min(kMostBars, history.stages.size());
  std::vector<std::string> devices;
  for (auto span = history.stages.begin() + static_cast<std::ptrdiff_t>(skipped);
       span != history.stages.end(); ++span) {
    const double start = std::max(0.0, span->start - history.since);
    const double end = std::max(start, (span->end > 0 ? span->end : history.until) - history.since);
    const std::size_t row = rows.take(span->device, start, end);
    chart.bars.push_back({static_cast<int>(row), start, end, fmt::format("job {}", span->job),
                          std::string(to_string(span->stage))});
    devices.push_back(span->device);
  }
  const auto first = rows.first_rows();
  for (std::size_t i = 0; i < devices.size(); ++i)
    chart.bars[i].row += static_cast<int>(first.at(devices[i]));
  chart.rows = rows.names();
  return gantt_svg(chart) + colours(chart);
}

}  // namespace clipmill
