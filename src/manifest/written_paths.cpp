#include "manifest/written_paths.h"

#include <fmt/format.h>

#include <unordered_map>

#include "base/text.h"

namespace clipmill {
namespace {

/// One spelling of a path: "a//b/../c/" as "a/c".
std::string normal(const std::string& path) {
  std::string text = std::filesystem::path(path).lexically_normal().string();
  if (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

void find_shared_paths(const Manifest& manifest, std::vector<Diagnostic>& problems) {
  std::unordered_map<std::string, int> writers;  // path → line
  for (std::size_t i = 0; i < manifest.jobs.size(); ++i) {
    for (const JobField& field : job_fields()) {
      const auto path = field.use == FieldUse::kWrites ? field.get(manifest.jobs[i]) : std::nullopt;
      if (!path) continue;
      const auto& text = std::get<std::string>(*path);
      const auto [writer, fresh] = writers.try_emplace(normal(text), manifest.lines[i]);
      if (fresh) continue;
      problems.push_back(
          {{},
           manifest.lines[i],
           0,
           fmt::format(
               "{} \"{}\" is also written by the clip of line {}: put {{index}} or {{seed}} into the name",
               field.key, shorten(text, 120), writer->second)});
    }
  }
}

}  // namespace clipmill
