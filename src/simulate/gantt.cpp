#include "simulate/gantt.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/units.h"
#include "observe/html.h"
#include "simulate/held.h"

namespace clipmill {
namespace {

constexpr int kMostRows = 64;
constexpr std::size_t kMostRuns = 10'000, kColours = 5;
constexpr double kLeft = 70, kWidth = 1'000, kRow = 18, kGap = 4;

/// Runs of one device, each in the first lane that is free.
struct Row {
  std::vector<Held> held;
  std::vector<std::size_t> lane;
  std::vector<double> lanes;  // until when each is taken
};

std::vector<Row> rows_of(std::vector<Held> held, std::size_t count) {
  std::vector<Row> rows(count);
  for (const Held& each : held) {
    if (static_cast<std::size_t>(each.device) >= count) continue;
    Row& row = rows[static_cast<std::size_t>(each.device)];
    auto lane = std::ranges::find_if(row.lanes, [&](double until) { return until <= each.from; });
    if (lane == row.lanes.end()) lane = row.lanes.insert(lane, 0);
    *lane = each.until;
    row.lane.push_back(static_cast<std::size_t>(lane - row.lanes.begin()));
    row.held.push_back(each);
  }
  return rows;
}

std::string run_rect(const Held& held, const std::string& colour, double x, double width, double y,
                     double height) {
  return fmt::format(
      R"svg(<rect x="{:.1f}" y="{:.1f}" width="{:.2f}" height="{:.1f}" fill="var({})"><title>job {}, {} to {}{}</title></rect>)svg"
      "\n",
      x, y, std::max(width, 0.5), height, colour, held.job + 1, format_seconds(held.from),
      format_seconds(held.until), held.lost ? ", lost" : "");
}

}  // namespace

std::vector<int> priorities_of(const Workload& workload) {
  std::set<int, std::greater<>> all;
  for (const SimulatedJob& job : workload.jobs) all.insert(job.priority);
  return {all.begin(), all.end()};
}

std::string priority_colour(std::size_t rank) { return fmt::format("--p{}", std::min(rank, kColours - 1)); }

std::string gantt_svg(const Workload& workload, const Simulation& simulation,
                      const std::vector<DeviceSpec>& devices, std::string& note) {
  std::vector<Held> held = held_by_jobs(simulation);
  std::ranges::sort(held, {}, &Held::from);
  const std::size_t runs = held.size(), rows = std::min<std::size_t>(devices.size(), kMostRows);
  if (runs > kMostRuns) held.resize(kMostRuns);
  if (runs > held.size() || devices.size() > rows)
    note = fmt::format("the first {} of {} runs, on the first {} of {} devices", held.size(), runs, rows,
                       devices.size());
  const std::vector<int> priorities = priorities_of(workload);
  double from = kNever, until = 0;
  for (const Held& each : held) from = std::min(from, each.from), until = std::max(until, each.until);
  const double scale = until > from ? kWidth / (until - from) : 0;

  std::string svg =
      fmt::format(R"svg(<svg viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="what ran where">)svg",
                  kLeft + kWidth, static_cast<double>(rows) * (kRow + kGap) + 20);
  const std::vector<Row> all = rows_of(std::move(held), rows);
  for (std::size_t r = 0; r < all.size(); ++r) {
    const double top = static_cast<double>(r) * (kRow + kGap);
    svg += fmt::format(R"svg(<text x="0" y="{:.0f}">{}</text>)svg", top + 13, escape_html(devices[r].name));
    svg += fmt::format(R"svg(<rect x="{}" y="{}" width="{}" height="{}" fill="var(--well)"/>)svg", kLeft, top,
                       kWidth, kRow);
    const double height = kRow / static_cast<double>(std::max<std::size_t>(all[r].lanes.size(), 1));
    for (std::size_t i = 0; i < all[r].held.size(); ++i) {
      const Held& each = all[r].held[i];
      const auto rank = std::ranges::find(priorities, workload.jobs[each.job].priority) - priorities.begin();
      const std::string colour = each.lost ? "--bad" : priority_colour(static_cast<std::size_t>(rank));
      svg += run_rect(each, colour, kLeft + (each.from - from) * scale, (each.until - each.from) * scale,
                      top + height * static_cast<double>(all[r].lane[i]), height);
    }
  }
  const double below = static_cast<double>(rows) * (kRow + kGap) + 14;
  svg += fmt::format(
      R"svg(<text x="{}" y="{}">{}</text><text x="{}" y="{}" text-anchor="end">{}</text></svg>)svg", kLeft,
      below, format_seconds(runs ? from : 0), kLeft + kWidth, below, format_seconds(until));
  return svg;
}

}  // namespace clipmill
