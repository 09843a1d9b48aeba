#include "observe/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "observe/html.h"
#include "observe/report_card.h"
#include "observe/report_style.h"

namespace clipmill {
namespace {

std::string figure(const std::string& value, std::string_view what, std::string_view style = "") {
  return fmt::format("<div><b class=\"{}\">{}</b><span class=\"quiet\">{}</span></div>\n", style, value,
                     what);
}

std::string figures(const Totals& totals) {
  std::string text = figure(fmt::format("{}", totals.done), totals.done == 1 ? "clip made" : "clips made");
  if (totals.kept > 0) text += figure(fmt::format("{}", totals.kept), "kept from before");
  if (totals.failed > 0) text += figure(fmt::format("{}", totals.failed), "failed", "bad");
  if (totals.unfinished > 0) text += figure(fmt::format("{}", totals.unfinished), "not finished");
  text += figure(format_seconds(totals.wall_seconds), "wall time");
  if (totals.done > 1) text += figure(format_seconds(totals.wall_seconds / totals.done), "per clip");
  const auto peak = std::ranges::max(totals.stages, {}, &StageAccount::peak_bytes).peak_bytes;
  if (peak > 0) text += figure(format_bytes(peak), "peak memory");
  return fmt::format("<div class=\"figures\">\n{}</div>\n", text);
}

std::string stage_row(std::string_view name, const StageAccount& sum, double longest) {
  const double share = longest > 0 ? 100 * sum.seconds / longest : 0;
  return fmt::format(
      R"html(<tr><td><span class="dot" style="background:var(--{0})"></span>{0}</td><td>{1}</td><td>{2}</td><td>{3}</td>)html"
      R"html(<td>{4}</td><td class="share"><div class="bar"><i style="width:{5:.1f}%;background:var(--{0})"></i></div></td></tr>)html"
      "\n",
      name, sum.count, format_seconds(sum.seconds), format_seconds(sum.seconds / sum.count),
      format_bytes(sum.peak_bytes), share);
}

std::string stage_table(const StageAccounts& stages) {
  const double longest = std::ranges::max(stages, {}, &StageAccount::seconds).seconds;
  std::string rows;
  for (const auto& [stage, name] : kStages) {
    const StageAccount& sum = stages[static_cast<std::size_t>(stage)];
    if (sum.count > 0) rows += stage_row(name, sum, longest);
  }
  if (rows.empty()) return "";
  return "<h2>Where the time went</h2>\n<div class=\"panel scroll\"><table>\n"
         "<tr><th>stage</th><th>clips</th><th>busy</th><th>mean</th><th>peak memory</th><th></th></tr>\n" +
         rows + "</table></div>\n";
}

std::string section(std::string_view heading, const std::string& cards) {
  if (cards.empty()) return "";
  return fmt::format("<h2>{}</h2>\n<div class=\"clips\">\n{}</div>\n", heading, cards);
}

/// Failed clips first: they are what the reader has to act on.
std::string clips(const Account& account, const ReportOptions& options) {
  std::string failed, others;
  for (const JobAccount& each : account.jobs()) {
    (each.job.state == JobState::kFailed ? failed : others) += report_card(each, options);
  }
  return section("Failed", failed) + section("Clips", others);
}

std::string environment(const ReportOptions& options) {
  std::string rows;
  for (const auto& [name, value] : options.environment) {
    rows += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape_html(name), escape_html(value));
  }
  return rows.empty() ? ""
                      : fmt::format("<h2>Made with</h2>\n<div class=\"panel\"><dl>\n{}</dl></div>\n", rows);
}

}  // namespace

std::string report_html(const Account& account, const ReportOptions& options) {
  const Totals totals = account.totals();
  const std::string title = escape_html(options.title);
  std::string page = fmt::format(
      "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>{}</title>\n<style>{}</style>\n"
      "</head>\n<body>\n<h1>{}</h1>\n",
      title, kReportStyle, title);
  page += figures(totals) + clips(account, options) + stage_table(totals.stages) + environment(options);
  return page + "</body>\n</html>\n";
}

}  // namespace clipmill
