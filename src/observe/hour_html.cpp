#include "observe/hour_html.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/local_time.h"
#include "base/units.h"
#include "observe/html.h"
#include "observe/report_style.h"

namespace clipmill {
namespace {

/// Beside the stages' colours: what devices do that compute nothing, and stages of other work.
constexpr std::string_view kHourStyle = R"css(
:root { --waiting_for_frames: #b58fc9; --waiting_for_memory: #d2691e; --off: #c9c9c4; --between_stages: #a9b4c2;
        --idle_with_work_waiting: #b3261e; --idle: #dcdcd6; --command: #3d6fd6; --prepare_data: #8f959e; --fit_memory: #c98a1b;
        --train_vae: #2a9d8f; --cache_latents: #9b5de5; --train_transformer: #3d6fd6; --evaluate: #d1495b; }
@media (prefers-color-scheme: dark) {
  :root { --waiting_for_frames: #9c77b3; --waiting_for_memory: #e08a4a; --off: #3a3a3d; --between_stages: #5d6877;
          --idle_with_work_waiting: #ff8a80; --idle: #46464a; }
  .panel .gantt .label { fill: #151516; }
}
.device { display: grid; grid-template-columns: 90px 1fr; gap: 6px 16px; align-items: center; }
.device .bar { height: 22px; border-radius: 6px; }
.factor .bar { height: 12px; }
.note { margin: 8px 0 0; color: var(--quiet); font-size: 13px; }
.panel svg { display: block; width: 100%; min-width: 700px; height: auto; }
)css";

std::string hour_figure(const std::string& value, std::string_view what) {
  return fmt::format("<div><b>{}</b><span class=\"quiet\">{}</span></div>\n", value, what);
}

std::string hour_figures(const Hour& hour) {
  std::string text = hour_figure(fmt::format("{} of {}", hour.done, hour.attempts), "attempts done");
  if (hour.speed_up.wall > 0) {
    text += hour_figure(format_seconds(hour.speed_up.wall), "with work");
    text += hour_figure(fmt::format("{:.2f}×", hour.speed_up.measured()), "the speed of one after the other");
  }
  return fmt::format("<div class=\"figures\">\n{}</div>\n", text);
}

std::string device_bar(const DeviceTime& time) {
  std::string parts;
  for (const auto& [name, seconds] : parts_of(time)) {
    parts +=
        fmt::format(R"html(<i style="width:{:.3f}%;background:var(--{})" title="{}: {}, {:.1f} %"></i>)html",
                    100 * seconds / time.total(), name, spaced_name(name), format_seconds(seconds),
                    100 * seconds / time.total());
  }
  return fmt::format("<span>{}</span><div class=\"bar\">{}</div>\n", escape_html(time.device), parts);
}

std::string device_bars(const Hour& hour) {
  std::string bars;
  for (const DeviceTime& time : hour.devices) bars += device_bar(time);
  return fmt::format("<div class=\"device\">\n{}</div>\n", bars);
}

double seconds_of(const DeviceTime& time, const std::string& name) {
  for (const auto& [part, seconds] : parts_of(time)) {
    if (part == name) return seconds;
  }
  return 0;
}

std::string part_row(const Hour& hour, const std::string& name) {
  std::string cells;
  for (const DeviceTime& time : hour.devices) {
    const double seconds = seconds_of(time, name);
    cells += seconds > 0 ? fmt::format("<td>{}</td><td>{:.1f} %</td>", format_seconds(seconds),
                                       100 * seconds / time.total())
                         : "<td></td><td></td>";
  }
  return fmt::format(R"html(<tr><td><span class="dot" style="background:var(--{})"></span>{}</td>{}</tr>)html"
                     "\n",
                     name, spaced_name(name), cells);
}

std::string part_table(const Hour& hour) {
  std::string rows, head, sums;
  for (const DeviceTime& time : hour.devices) {
    head += fmt::format("<th colspan=\"2\">{}</th>", escape_html(time.device));
    sums += fmt::format("<td>{}</td><td>100 %</td>", format_seconds(time.total()));
  }
  for (const std::string& name : part_names(hour.devices)) rows += part_row(hour, name);
  return fmt::format("<table>\n<tr><th></th>{}</tr>\n{}<tr><td>in all</td>{}</tr>\n</table>\n", head, rows,
                     sums);
}

std::string device_section(const Hour& hour) {
  if (hour.devices.empty()) return "<p>No device has worked.</p>\n";
  return "<h2>Where the device time went</h2>\n<div class=\"panel scroll\">\n" + device_bars(hour) +
         part_table(hour) +
         "<p class=\"note\">Where several stages run on a device at once, each has its share of that "
         "time.</p></div>\n";
}

constexpr std::array<std::string_view, 5> kFactorTexts = {
    "models that stayed in memory", "stages slowed by others beside them", "stages of one clip that overlap",
    "clips side by side in a device’s memory", "devices at once, less their gaps"};

std::string factor_row(const SpeedUp& speed, std::size_t i) {
  const double value = speed.factor(static_cast<Factor>(i));
  constexpr double kFull = 4;  // the bar's length; 1 is a quarter
  return fmt::format(
      R"html(<tr><td>{}</td><td>{:.3f}</td><td class="share"><div class="bar"><i style="width:{:.1f}%;background:var(--{})"></i></div></td></tr>)html"
      "\n",
      kFactorTexts[i], value, 100 * std::min(1.0, value / kFull), value < 1 ? "bad" : "denoise");
}

std::string speed_section(const Hour& hour) {
  const SpeedUp& speed = hour.speed_up;
  if (speed.wall <= 0) return "";
  std::string rows;
  for (std::size_t i = 0; i < kFactors.size(); ++i) rows += factor_row(speed, i);
  const double measured = speed.measured_of_one();
  return fmt::format(
      "<h2>What it was worth</h2>\n<div class=\"panel scroll\">\n<table class=\"factor\">\n{}"
      "<tr><td>their product: {} one after the other, {} here</td><td>{:.3f}</td><td></td></tr>\n</table>\n"
      "<p class=\"note\">Beside it the guide’s 1/(1−α)·β for one device: α {:.3f} (busy time behind other "
      "stages), β "
      "{:.3f} ({}); {:.3f}, where {:.3f} was measured: {:+.0f} %.</p></div>\n",
      rows, format_seconds(speed.serial()), format_seconds(speed.wall), speed.measured(), hour.formula.alpha,
      hour.formula.beta,
      hour.residence.known() ? "jobs in memory with its levers, by those without" : "memory not known",
      hour.formula.predicted(), measured, 100 * hour.formula.error(measured));
}

}  // namespace

std::string hour_html(const Hour& hour, const History& history) {
  const std::string title = fmt::format("{} to {}", format_local_time(hour.window.start),
                                        format_local_time(hour.window.end).substr(11));
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>clipmill {}</title>\n"
      "<style>{}{}</style>\n</head>\n<body>\n<h1>{}</h1>\n{}{}{}"
      "<h2>What ran when</h2>\n<div class=\"panel scroll\">\n{}</div>\n</body>\n</html>\n",
      title, kReportStyle, kHourStyle, title, hour_figures(hour), device_section(hour), speed_section(hour),
      history_svg(history));
}

}  // namespace clipmill
