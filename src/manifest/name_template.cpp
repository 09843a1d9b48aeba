#include "manifest/name_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/braces.h"
#include "base/error.h"
#include "base/text.h"

namespace clipmill {
namespace {

struct Placeholder {
  std::string_view name;
  bool numeric;
  std::string (*text)(const JobSpec&, int index);
};

std::string model_name(const std::string& folder) {
  const std::filesystem::path path(folder);
  return slug((path.has_filename() ? path : path.parent_path()).filename().string());
}

constexpr std::array<Placeholder, 7> kPlaceholders = {{
    {"index", true, [](const JobSpec&, int index) { return std::to_string(index); }},
    {"slug", false, [](const JobSpec& job, int) { return slug(job.clip.prompt, 64); }},
    {"seed", true, [](const JobSpec& job, int) { return std::to_string(job.clip.seed); }},
    {"width", true, [](const JobSpec& job, int) { return std::to_string(job.clip.width); }},
    {"height", true, [](const JobSpec& job, int) { return std::to_string(job.clip.height); }},
    {"frames", true, [](const JobSpec& job, int) { return std::to_string(job.clip.frames); }},
    {"model", false, [](const JobSpec& job, int) { return model_name(job.model); }},
}};

const Placeholder& find_placeholder(std::string_view name) {
  for (const Placeholder& placeholder : kPlaceholders) {
    if (placeholder.name == name) return placeholder;
  }
  std::array<std::string_view, kPlaceholders.size()> names;
  std::ranges::transform(kPlaceholders, names.begin(), &Placeholder::name);
  const std::string_view close = nearest(name, names);
  const std::string hint = close.empty() ? fmt::format("there are {{{}}}", fmt::join(names, "}, {"))
                                         : fmt::format("did you mean {{{}}}?", close);
  throw input_error("has an unknown placeholder {{{}}}: {}", shorten(name, 60), hint);
}

/// "03" or "3" as 3.
std::size_t parse_width(std::string_view text) {
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (text.empty() || text.size() > 2 || !digits) {
    throw input_error("has a placeholder whose width is not one or two digits, as {{index:03}}: \"{}\"",
                      shorten(text, 60));
  }
  return static_cast<std::size_t>(std::stoi(std::string(text)));
}

/// What stands between the braces, filled in.
std::string expand(std::string_view inside, const JobSpec& job, int index) {
  const std::size_t colon = inside.find(':');
  const Placeholder& placeholder = find_placeholder(inside.substr(0, colon));
  std::string text = placeholder.text(job, index);
  if (colon == inside.npos) return text;
  if (!placeholder.numeric) throw input_error("has a width for {{{}}}, which takes none", placeholder.name);
  const std::size_t width = parse_width(inside.substr(colon + 1));
  return std::string(width - std::min(width, text.size()), '0') + text;
}

}  // namespace

std::string fill_template(std::string_view text, const JobSpec& job, int index) {
  return fill_braces(text, [&](std::string_view inside) { return expand(inside, job, index); });
}

void check_template(std::string_view text) { fill_template(text, JobSpec{}, 1); }

}  // namespace clipmill
