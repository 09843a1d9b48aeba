// Manifests: lists of clips to make, in TOML, JSON Lines or CSV.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/job_fields.h"
#include "core/limits.h"
#include "manifest/manifest_error.h"

namespace clipmill {

/// Every key of core/job_fields.h may be set for each clip, and beside them
///   seeds  a sweep: [1, 2, 3], or "1..8" (both included), or "1,2,3"
///   count  that many consecutive seeds from `seed`
/// In TOML the clips are [[clip]] tables; top-level keys and [defaults] apply to all, and a top-level
/// output_folder says where clips go. In JSON Lines each line is an object, in CSV each record below a header
/// of keys; an empty cell is a key not set.
///
/// What wins, from least to most: `base`, top-level keys, [defaults], the clip's own keys, `overrides`. A
/// layer that sets one of seed, seeds and count replaces a list of seeds from below, seeds also a count, and
/// count a list; so --seed 7 turns a list of seeds into the one clip with 7, and moves a count to start
/// there. Where a layer sets a shorthand and its parts (size and width), the parts win.
///
/// output, and every other path that is written, is a template (name_template.h). Without one, a clip is
/// called {index:03}-{slug}.mp4, and {index:03}-{slug}-{seed}.mp4 if it is one of several seeds.
enum class Format { kToml, kJsonLines, kCsv };

struct Manifest {
  std::string file;
  std::vector<JobSpec> jobs;
  std::vector<int> lines;     ///< of each job: where its clip is defined, from 1; 0: not in a file
  std::string output_folder;  ///< as written; empty if the manifest names none
};

/// Reads by extension: .toml, .jsonl or .ndjson, .csv. Throws ManifestError with everything that is wrong,
/// Error(kIo) if the file cannot be read, Error(kInput) on another extension or a wrong override.
Manifest read_manifest(const std::filesystem::path& file, const JobSpec& base,
                       std::span<const Override> overrides = {});

/// The same from memory; `file_name` is for messages. Touches no files.
Manifest parse_manifest(std::string_view text, Format format, std::string_view file_name, const JobSpec& base,
                        std::span<const Override> overrides = {});

/// The clips of a command line without a manifest, where `seeds` and `count` may be overrides as well.
Manifest manifest_of_flags(const JobSpec& base, std::span<const Override> overrides);

/// Makes every path absolute. Written ones go to `output_folder`; read ones are looked for in
/// `manifest_folder` first, then in the working directory. Throws ManifestError if two jobs then write the
/// same path.
void resolve_paths(Manifest& manifest, const std::filesystem::path& output_folder,
                   const std::filesystem::path& manifest_folder);

/// What the jobs' models cannot make, commands without a program, and models that cannot be read (`limits` throws Error), with the lines
/// of their clips. `limits` is called once for each model, with the text of JobSpec::model. Empty: fine.
std::vector<Diagnostic> check_limits(const Manifest& manifest,
                                     const std::function<ModelLimits(const std::string& model)>& limits);

}  // namespace clipmill
