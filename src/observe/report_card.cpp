#include "observe/report_card.h"

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/units.h"
#include "observe/base64.h"
#include "observe/html.h"

namespace clipmill {
namespace {

double busy_seconds(const StageAccounts& stages) {
  double sum = 0;
  for (const StageAccount& stage : stages) sum += stage.seconds;
  return sum;
}

/// One bar, each stage as long as its share of the busy time.
std::string stage_bar(const StageAccounts& stages) {
  const double all = busy_seconds(stages);
  std::string parts;
  for (const auto& [stage, name] : kStages) {
    const StageAccount& part = stages[static_cast<std::size_t>(stage)];
    if (part.count == 0 || all <= 0) continue;
    parts += fmt::format(R"html(<i style="width:{:.2f}%;background:var(--{})" title="{} {}"></i>)html",
                         100 * part.seconds / all, name, name, format_seconds(part.seconds));
  }
  return parts.empty() ? "" : fmt::format("<div class=\"bar\">{}</div>\n", parts);
}

/// A data URL, or "" if there is no readable poster.
std::string poster_url(const JobSpec& spec) {
  if (spec.poster.empty()) return "";
  try {
    return "data:image/jpeg;base64," + base64(read_file(spec.poster));
  } catch (const Error&) {
    return "";  // the page says the same without its picture
  }
}

/// Plays while the pointer is on it; without a poster, the browser shows the clip's first frame.
std::string picture(const JobAccount& account, const ReportOptions& options) {
  const JobSpec& spec = account.job.spec;
  if (account.job.state == JobState::kFailed) return "";
  if (account.job.state != JobState::kDone) return "<div class=\"empty\">not finished</div>\n";
  const std::string poster = poster_url(spec);
  const std::string still =
      poster.empty() ? R"(preload="metadata")" : fmt::format(R"html(preload="none" poster="{}")html", poster);
  return fmt::format(
      R"html(<video {} src="{}" loop muted playsinline onmouseenter="this.play()" onmouseleave="this.load()"></video>)html"
      "\n",
      still, escape_html(relative_url(spec.output, options.folder)));
}

std::string size_of(const ClipSpec& clip) {
  std::string text = fmt::format("{}×{}", clip.width, clip.height);
  if (clip.output_width > 0) text += fmt::format(" → {}×{}", clip.output_width, clip.output_height);
  text += fmt::format(" · {} frames at {:g} fps", clip.frames, clip.fps);
  if (clip.output_fps > 0) text += fmt::format(" → {:g} fps", clip.output_fps);
  return text;
}

std::string facts(const JobSpec& spec) {
  const ClipSpec& clip = spec.clip;
  const std::string text = fmt::format("{}\nseed {} · {} {} · guidance {:g}", size_of(clip), clip.seed,
                                       clip.steps, clip.steps == 1 ? "step" : "steps", clip.guidance);
  std::string html = escape_html(text);
  html.replace(html.find('\n'), 1, "<br>");
  return fmt::format("<p class=\"facts\">{}</p>\n", html);
}

std::string outcome(const JobAccount& account, const ReportOptions& options) {
  const Job& job = account.job;
  if (job.state == JobState::kFailed) {
    return fmt::format("<p class=\"bad\">{}</p>\n<p class=\"facts\">{}</p>\n",
                       escape_html(job.failure.message), escape_html(job.failure.hint));
  }
  const std::string file = escape_html(std::filesystem::path(job.spec.output).filename().string());
  if (job.state != JobState::kDone) return fmt::format("<p class=\"facts push\">{}</p>\n", file);
  const std::string took = account.kept ? "from before"
                                        : fmt::format("{} on {}", format_seconds(account.wall_seconds),
                                                      escape_html(account.device));
  return stage_bar(account.stages) +
         fmt::format("<p class=\"facts push\"><a href=\"{}\">{}</a> · {} · {}</p>\n",
                     escape_html(relative_url(job.spec.output, options.folder)), file,
                     format_bytes(job.result.output_bytes), took);
}

}  // namespace

std::string report_card(const JobAccount& account, const ReportOptions& options) {
  const JobSpec& spec = account.job.spec;
  const std::string prompt = escape_html(spec.clip.prompt);
  return fmt::format(
      "<article class=\"{}\">\n{}<div class=\"body\">\n<p class=\"prompt\" "
      "title=\"{}\">{}</p>\n{}{}</div>\n</article>\n",
      account.job.state == JobState::kFailed ? "failed" : "", picture(account, options), prompt, prompt,
      facts(spec), outcome(account, options));
}

}  // namespace clipmill
