#include "core/command_text.h"

#include <fmt/ranges.h>

#include <array>
#include <regex>

#include "base/braces.h"
#include "base/error.h"
#include "base/text.h"

namespace clipmill {
namespace {

struct CommandPlaceholder {
  std::string_view name;
  std::string (*value)(const JobSpec&, const CommandPlace&);
};

constexpr std::size_t kLongestPattern = 1000;

constexpr std::array<CommandPlaceholder, 12> kPlaceholders = {{
    {"prompt", [](const JobSpec& job, const CommandPlace&) { return job.clip.prompt; }},
    {"negative_prompt", [](const JobSpec& job, const CommandPlace&) { return job.clip.negative_prompt; }},
    {"seed", [](const JobSpec& job, const CommandPlace&) { return std::to_string(job.clip.seed); }},
    {"width", [](const JobSpec& job, const CommandPlace&) { return std::to_string(job.clip.width); }},
    {"height", [](const JobSpec& job, const CommandPlace&) { return std::to_string(job.clip.height); }},
    {"frames", [](const JobSpec& job, const CommandPlace&) { return std::to_string(job.clip.frames); }},
    {"fps", [](const JobSpec& job, const CommandPlace&) { return fmt::format("{}", job.clip.fps); }},
    {"steps", [](const JobSpec& job, const CommandPlace&) { return std::to_string(job.clip.steps); }},
    {"guidance",
     [](const JobSpec& job, const CommandPlace&) { return fmt::format("{}", job.clip.guidance); }},
    {"model", [](const JobSpec& job, const CommandPlace&) { return job.model; }},
    {"output", [](const JobSpec&, const CommandPlace& place) { return place.output; }},
    {"device", [](const JobSpec&, const CommandPlace& place) { return place.device; }},
}};

const CommandPlaceholder& placeholder_of(std::string_view name) {
  std::array<std::string_view, kPlaceholders.size()> names;
  for (std::size_t i = 0; i < kPlaceholders.size(); ++i) {
    if (kPlaceholders[i].name == name) return kPlaceholders[i];
    names[i] = kPlaceholders[i].name;
  }
  const std::string_view close = nearest(name, names);
  const std::string hint = close.empty() ? fmt::format("there are {{{}}}", fmt::join(names, "}, {"))
                                         : fmt::format("did you mean {{{}}}?", close);
  throw input_error("has an unknown placeholder {{{}}}: {}; write {{{{ for a brace", shorten(name, 60), hint);
}

}  // namespace

std::string fill_command_text(std::string_view text, const JobSpec& job, const CommandPlace& place) {
  return fill_braces(text, [&](std::string_view name) { return placeholder_of(name).value(job, place); });
}

void check_command_text(std::string_view text) { fill_command_text(text, {}, {}); }

std::vector<std::pair<std::string_view, std::string>> command_values(const JobSpec& job,
                                                                     const CommandPlace& place) {
  std::vector<std::pair<std::string_view, std::string>> values;
  for (const auto& [name, value] : kPlaceholders) values.emplace_back(name, value(job, place));
  return values;
}

void check_progress_pattern(const std::string& pattern) try {
  if (pattern.size() > kLongestPattern) throw input_error("is longer than {} bytes", kLongestPattern);
  const auto groups = std::regex(pattern).mark_count();
  if (groups != 1 && groups != 2)
    throw input_error("must have one group, a percentage, or two, done and total, not {}", groups);
} catch (const std::regex_error& error) {
  throw input_error("must be a regular expression: {}", error.what());
}

}  // namespace clipmill
