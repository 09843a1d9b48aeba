#include "manifest/expand.h"

#include "core/event.h"
#include "manifest/clip_plan.h"
#include "manifest/name_template.h"
#include "manifest/report.h"
#include "manifest/written_paths.h"

namespace clipmill {
namespace {

constexpr std::size_t kMostJobs = 100'000;

std::vector<Entry> entries_of(std::span<const Override> overrides) {
  std::vector<Entry> entries;
  for (const auto& [key, value] : overrides) {
    entries.push_back({key, std::visit([](const auto& v) { return EntryValue(v); }, value)});
  }
  return entries;
}

/// The names of everything the job writes, from their templates.
void fill_names(JobSpec& job, int index, bool several_seeds) {
  if (job.output.empty())
    job.output = several_seeds ? "{index:03}-{slug}-{seed}.mp4" : "{index:03}-{slug}.mp4";
  const JobSpec named = job;
  for (const JobField& field : job_fields()) {
    if (field.use != FieldUse::kWrites) continue;
    if (const auto text = field.get(named)) {
      field.set(job, fill_template(std::get<std::string>(*text), named, index));
    }
  }
  const std::filesystem::path name = std::filesystem::path(job.output).filename();
  if (name.empty() || name == "." || name == "..")
    throw input_error("output must name a file, not \"{}\"", job.output);
}

class Expansion {
 public:
  Expansion(const Document& document, std::string_view file_name, const JobSpec& base,
            std::span<const Override> overrides)
      : document_(document),
        problems_(document.problems),
        overrides_(entries_of(overrides)),
        defaults_{base} {
    manifest_.file = file_name;
  }

  Manifest run() {
    check_overrides();
    check_keys(document_.header, problems_);
    for (const auto& layer : document_.defaults) apply_layer(defaults_, layer, problems_);
    read_output_folder();
    if (document_.clips.empty() && problems_.empty()) problems_.push_back({{}, 0, 0, "no clips in it"});
    for (std::size_t i = 0; i < document_.clips.size(); ++i)
      add_clip(document_.clips[i], static_cast<int>(i) + 1);
    find_shared_paths(manifest_, problems_);
    report_problems(manifest_.file, std::move(problems_));
    return std::move(manifest_);
  }

 private:
  /// They are the same for every clip: wrong ones are reported once, and not as the file's.
  void check_overrides() const {
    ClipPlan scratch;
    std::vector<Diagnostic> problems;
    apply_layer(scratch, overrides_, problems);
    report_problems("command line", std::move(problems));
  }

  void read_output_folder() {
    if (!document_.output_folder) return;
    const Entry& entry = *document_.output_folder;
    if (const auto* folder = std::get_if<std::string>(&entry.value)) {
      manifest_.output_folder = *folder;
    } else {
      problems_.push_back({{}, entry.line, entry.column, "output_folder must be a text in quotes"});
    }
  }

  void add_clip(const Record& clip, int index) {
    ClipPlan plan = defaults_;
    const std::size_t known_problems = problems_.size();
    apply_layer(plan, clip.entries, problems_);
    if (problems_.size() > known_problems) return;
    apply_layer(plan, overrides_, problems_);
    try {
      add_jobs(plan, clip.line, index);
    } catch (const Error& error) {
      problems_.push_back({{}, clip.line, 0, error.what()});
    }
  }

  void add_jobs(const ClipPlan& plan, int line, int index) {
    const bool blank = plan.spec.clip.prompt.find_first_not_of(" \t\r\n") == std::string::npos;
    if (blank && plan.spec.kind == JobKind::kClip) throw input_error("prompt is missing");
    const std::vector<std::int64_t> seeds = plan.all_seeds();
    if (manifest_.jobs.size() + seeds.size() > kMostJobs)
      throw input_error("more than {} clips in one manifest", kMostJobs);
    for (const std::int64_t seed : seeds) {
      JobSpec job = plan.spec;
      job.clip.seed = static_cast<std::uint64_t>(seed);
      fill_names(job, index, seeds.size() > 1);
      manifest_.jobs.push_back(std::move(job));
      manifest_.lines.push_back(line);
    }
  }

  const Document& document_;
  std::vector<Diagnostic> problems_;
  const std::vector<Entry> overrides_;
  ClipPlan defaults_;
  Manifest manifest_;
};

}  // namespace

Manifest expand_document(const Document& document, std::string_view file_name, const JobSpec& base,
                         std::span<const Override> overrides) {
  return Expansion(document, file_name, base, overrides).run();
}

}  // namespace clipmill
