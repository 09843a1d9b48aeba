#include "clipmill/checks.h"

#include <unistd.h>

#include <algorithm>
#include <ranges>
#include <set>
#include <tuple>

#include "base/atomic_file.h"
#include "base/units.h"
#include "checkpoint/model_folder.h"
#include "clipmill/job_paths.h"
#include "core/room.h"
#include "cost/job_estimates.h"
#include "cost/lora_fit.h"
#include "manifest/manifest_error.h"
#include "manifest/report.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// Tries whether files can be made. The folders that it takes go again with it, unless something else is in
/// them by then.
class Probe {
 public:
  Probe() = default;
  ~Probe() {
    for (const fs::path& folder : made_ | std::views::reverse) ::rmdir(folder.c_str());
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  /// Throws Error(kIo) naming `file`.
  void write(const fs::path& file) {
    for (int tries = 1;; ++tries) {
      note_missing(file.parent_path());
      try {
        const AtomicFile probe(file);
        return;
      } catch (const Error&) {  // another program's probe may have taken its folder away again
        if (tries == kMostTries || exists(file.parent_path())) throw;
      }
    }
  }

 private:
  static constexpr int kMostTries = 5;

  static bool exists(const fs::path& path) {
    std::error_code unknown;
    return fs::exists(path, unknown);
  }
  void note_missing(fs::path folder) {
    for (; folder.has_relative_path() && !exists(folder); folder = folder.parent_path()) made_.insert(folder);
  }

  std::set<fs::path> made_;  ///< in order, each before what lies in it
};

void check_models(const Manifest& manifest, CheckCache& cache) {
  const auto problems = check_limits(manifest, [&](const std::string& model) { return cache.limits(model); });
  if (!problems.empty()) throw ManifestError(problems);
}

/// Each combination of model and LoRAs once, at the first clip that wants it.
void check_loras(const Manifest& manifest) {
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  std::vector<Diagnostic> problems;
  for (std::size_t i = 0; i < manifest.jobs.size(); ++i) {
    const JobSpec& job = manifest.jobs[i];
    const bool none = job.loras.empty() && job.loras_2.empty();
    if (none || !seen.emplace(job.model, format_loras(job.loras), format_loras(job.loras_2)).second) continue;
    try {
      check_loras(job, ModelFolder::open(job.model));
    } catch (const Error& error) {
      const std::string hint = error.hint().empty() ? "" : fmt::format(": {}", error.hint());
      problems.push_back({{}, manifest.lines[i], 0, error.what() + hint});
    }
  }
  report_problems(manifest.file, std::move(problems));
}

void check_rendering(const Manifest& manifest, CheckCache& cache) {
  for (const JobSpec& job : manifest.jobs) {
    if (job.kind == JobKind::kClip) cache.check_render(job.clip);
  }
}

void check_path(const JobField& field, const fs::path& path, Probe& probe) {
  if (field.use == FieldUse::kNeeds) return;
  if (field.use == FieldUse::kWrites) return probe.write(names_folder(field) ? path / ".probe" : path);
  std::error_code unreadable;
  if (!fs::exists(path, unreadable)) throw input_error("{}: there is no {}", field.key, path.string());
}

void check_paths(const Manifest& manifest, Probe& probe) {
  std::vector<Diagnostic> problems;
  for (std::size_t i = 0; i < manifest.jobs.size(); ++i) {
    for (const auto& [field, path] : paths_of(manifest.jobs[i])) {
      try {
        check_path(*field, path, probe);
      } catch (const Error& error) {
        problems.push_back({{}, manifest.lines[i], 0, error.what()});
      }
    }
  }
  report_problems(manifest.file, std::move(problems));
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

/// No clip may take the place of a checkpoint, a manifest or the report.
void check_overlaps(const Manifest& manifest, const fs::path& report) {
  std::set<fs::path> inputs, outputs;
  if (!manifest.file.empty()) inputs.insert(fs::weakly_canonical(manifest.file));
  for (const JobSpec& job : manifest.jobs) {
    inputs.insert(fs::weakly_canonical(job.model));
    for (const auto& [field, path] : paths_of(job)) {
      if (field->use == FieldUse::kNeeds) continue;
      (field->use == FieldUse::kWrites ? outputs : inputs).insert(fs::weakly_canonical(path));
    }
  }
  if (!report.empty() && !outputs.insert(fs::weakly_canonical(report)).second) {
    throw input_error("the report would overwrite {}", report.string());
  }
  for (const fs::path& input : inputs) {
    const auto output =
        std::ranges::find_if(outputs, [&](const fs::path& path) { return lies_in(path, input); });
    if (output != outputs.end())
      throw input_error("{} would overwrite what is read from {}", output->string(), input.string());
  }
}

void check_report(const fs::path& report, Probe& probe) try {
  if (!report.empty()) probe.write(report);
} catch (const Error& error) {
  throw Error(ErrorKind::kInput, error.what(), error.hint());
}

}  // namespace

void check_batch(const Manifest& manifest, const fs::path& report) {
  CheckCache cache;
  check_batch(manifest, report, cache);
}

void check_batch(const Manifest& manifest, const fs::path& report, CheckCache& cache) {
  check_models(manifest, cache);
  check_rendering(manifest, cache);
  check_overlaps(manifest, report);
  Probe probe;
  check_paths(manifest, probe);
  check_loras(manifest);
  check_report(report, probe);
}

void check_memory(const Manifest& manifest, std::span<const DeviceSpec> devices) {
  const DeviceSpec* largest = largest_device(devices);
  if (!largest) return;
  JobEstimates estimates;
  std::vector<Diagnostic> problems;
  for (std::size_t i = 0; i < manifest.jobs.size(); ++i) {
    const JobSpec& job = manifest.jobs[i];
    const std::string lack = lacks_room(
        job, [&](const JobSpec& other) { return estimates.floor(other, largest->name); }, *largest);
    if (!lack.empty()) problems.push_back({{}, manifest.lines[i], 0, lack});
  }
  report_problems(manifest.file, std::move(problems));
}

}  // namespace clipmill
