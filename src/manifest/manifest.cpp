#include "manifest/manifest.h"

#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/atomic_file.h"
#include "manifest/csv_reader.h"
#include "manifest/expand.h"
#include "manifest/jsonl_reader.h"
#include "manifest/report.h"
#include "manifest/toml_reader.h"
#include "manifest/written_paths.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

struct Extension {
  std::string_view text;
  Format format;
};
constexpr std::array<Extension, 4> kExtensions = {{
    {".toml", Format::kToml},
    {".jsonl", Format::kJsonLines},
    {".ndjson", Format::kJsonLines},
    {".csv", Format::kCsv},
}};

Format format_of(const fs::path& file) {
  for (const auto& [extension, format] : kExtensions) {
    if (file.extension() == extension) return format;
  }
  throw input_error("{}: a manifest is .toml, .jsonl (or .ndjson) or .csv", file.string());
}

Document read_document(std::string_view text, Format format) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  switch (format) {
    case Format::kToml:
      return read_toml(text);
    case Format::kJsonLines:
      return read_jsonl(text);
    case Format::kCsv:
      break;
  }
  return read_csv(text);
}

/// Where a path that is read lies.
fs::path located(const fs::path& path, const fs::path& manifest_folder) {
  std::error_code unreadable;
  const bool beside = path.is_relative() && fs::exists(manifest_folder / path, unreadable);
  return beside ? manifest_folder / path : path;
}

/// A command runs beside its manifest, where its scripts lie.
void resolve_working_folder(JobSpec& job, const fs::path& manifest_folder) {
  if (job.kind != JobKind::kCommand) return;
  job.command.working_folder =
      fs::absolute(manifest_folder / job.command.working_folder).lexically_normal().string();
}

void resolve(JobSpec& job, const fs::path& output_folder, const fs::path& manifest_folder) {
  for (const JobField& field : job_fields()) {
    replace_paths(field, job, [&](const fs::path& path) {
      const fs::path place =
          field.use == FieldUse::kWrites || field.use == FieldUse::kNeeds ? output_folder / path : located(path, manifest_folder);
      return fs::absolute(place).lexically_normal().string();
    });
  }
}

}  // namespace

Manifest parse_manifest(std::string_view text, Format format, std::string_view file_name, const JobSpec& base,
                        std::span<const Override> overrides) {
  return expand_document(read_document(text, format), file_name, base, overrides);
}

Manifest read_manifest(const fs::path& file, const JobSpec& base, std::span<const Override> overrides) {
  const Format format = format_of(file);
  return parse_manifest(read_file(file), format, file.string(), base, overrides);
}

Manifest manifest_of_flags(const JobSpec& base, std::span<const Override> overrides) {
  return expand_document({.clips = {Record{}}}, "command line", base, overrides);
}

void resolve_paths(Manifest& manifest, const fs::path& output_folder, const fs::path& manifest_folder) {
  for (JobSpec& job : manifest.jobs) {
    resolve(job, output_folder, manifest_folder);
    resolve_working_folder(job, manifest_folder);
  }
  std::vector<Diagnostic> problems;
  find_shared_paths(manifest, problems);
  report_problems(manifest.file, std::move(problems));
}

}  // namespace clipmill
