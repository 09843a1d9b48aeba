#include "serve/client_manifest.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "core/job_fields.h"
#include "manifest/report.h"
#include "serve/http_error.h"

namespace clipmill {
namespace {

constexpr const char* kFileName = "manifest";
constexpr std::array<std::pair<std::string_view, Format>, 6> kTypes = {{
    {"application/toml", Format::kToml},
    {"application/jsonl", Format::kJsonLines},
    {"application/x-ndjson", Format::kJsonLines},
    {"application/x-jsonlines", Format::kJsonLines},
    {"application/jsonlines", Format::kJsonLines},
    {"text/csv", Format::kCsv},
}};
/// Clients set these, too, but as names.
constexpr std::array<std::string_view, 3> kNamed = {"model", "lora", "output"};

bool is_clients(const JobField& field) {
  const auto keys = client_keys();
  return std::ranges::count(keys, field.key) > 0 || std::ranges::count(kNamed, field.key) > 0;
}

class ClientManifest {
 public:
  ClientManifest(const std::string& text, Format format, const ManifestReading& reading)
      : text_(text), format_(format), reading_(reading) {}

  Manifest read() {
    Manifest manifest = parsed("");
    check(manifest);
    report_problems(kFileName, std::move(problems_));
    std::map<std::string, Manifest> shaped;
    for (std::size_t i = 0; i < manifest.jobs.size(); ++i) {
      const std::string path = paths_.at(manifest.jobs[i].model);
      if (!shaped.contains(path)) shaped.emplace(path, parsed(path));
      finish(manifest.jobs[i], shaped.at(path).jobs.at(i), path);
    }
    return manifest;
  }

 private:
  /// With the defaults of the model in the folder `path`; with those of all models where that is empty.
  Manifest parsed(const std::string& path) const {
    JobSpec base;
    if (!path.empty()) {
      base.model = path;
      reading_.shape(base);
    }
    base.model = reading_.only_model;
    return parse_manifest(text_, format_, kFileName, base);
  }

  void check(const Manifest& manifest) {
    if (!manifest.output_folder.empty()) problem(0, "output_folder is the server's, not a client's");
    if (manifest.jobs.size() > kMostClips)
      problem(0, fmt::format("{} clips: at most {} at a time", manifest.jobs.size(), kMostClips));
    for (std::size_t i = 0; i < manifest.jobs.size(); ++i) check(manifest.jobs[i], manifest.lines[i]);
  }

  /// A key that is the server's shows by what it did, whatever layer set it.
  void check(const JobSpec& job, int line) {
    const JobSpec untouched;
    if (job.kind != JobKind::kClip) problem(line, "engine is the server's, not a client's");
    for (const JobField& field : job_fields()) {
      if (!is_clients(field) && field.get(job) != field.get(untouched))
        problem(line, fmt::format("{} is the server's, not a client's", field.key));
    }
    find_model(job.model, line);
    find(job.loras, line);
  }

  void find_model(const std::string& name, int line) try {
    if (paths_.contains(name)) return;
    if (name.empty()) return problem(line, "model is missing; GET /v1/models lists them");
    paths_.emplace(name, reading_.model_path(name));
  } catch (const Error& error) {
    problem(line, with_hint(error));
  }

  void find(std::vector<LoraChoice> loras, int line) try {
    find_loras(loras, reading_.request);
  } catch (const Error& error) {
    problem(line, with_hint(error));
  }

  void finish(JobSpec& job, const JobSpec& shaped, const std::string& path) const {
    job = shaped;
    job.model = path;
    job.output.clear();
    find_loras(job.loras, reading_.request);
  }

  void problem(int line, std::string message) {
    problems_.push_back({kFileName, line, 0, std::move(message)});
  }

  const std::string& text_;
  const Format format_;
  const ManifestReading& reading_;
  std::map<std::string, std::string> paths_;  ///< of models, by name
  std::vector<Diagnostic> problems_;
};

}  // namespace

Format format_of_type(const std::string& content_type) {
  const std::string type = lower_case(trimmed(content_type.substr(0, content_type.find(';'))));
  for (const auto& [name, format] : kTypes) {
    if (name == type) return format;
  }
  throw RequestProblem{"Content-Type: must be application/toml, application/jsonl or text/csv",
                       "Content-Type", 415};
}

Manifest client_manifest(const std::string& text, Format format, const ManifestReading& reading) {
  return ClientManifest(text, format, reading).read();
}

}  // namespace clipmill
