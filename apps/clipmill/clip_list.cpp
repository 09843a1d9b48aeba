#include "clipmill/clip_list.h"

#include "base/error.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

fs::path folder_of_clips(const ClipListOptions& options, const Manifest& manifest) {
  if (!options.output_folder.empty()) return fs::absolute(options.output_folder);
  if (options.manifest.empty()) return fs::current_path();
  if (manifest.output_folder.empty()) return fs::absolute("clips");
  return fs::absolute(options.manifest).parent_path() / manifest.output_folder;
}

}  // namespace

void add_clip_list_flags(CLI::App& command, ClipListOptions& options) {
  command
      .add_option("--output-folder", options.output_folder,
                  "where clips go; default: the manifest's, or ./clips")
      ->type_name("FOLDER");
}

ClipList clip_list(const ClipListOptions& options, const JobFlags& flags) {
  const bool file = !options.manifest.empty();
  if (!file && flags.text("prompt").empty()) {
    throw Error(ErrorKind::kInput, "nothing to do: give a manifest, or --prompt with a text",
                "clipmill run --help shows both");
  }
  if (file && !fs::exists(options.manifest)) throw input_error("no such manifest: {}", options.manifest);
  ClipList list;
  list.manifest = file ? read_manifest(options.manifest, JobSpec(), flags.given())
                       : manifest_of_flags(JobSpec(), flags.given());
  list.folder = folder_of_clips(options, list.manifest);
  resolve_paths(list.manifest, list.folder,
                file ? fs::absolute(options.manifest).parent_path() : fs::current_path());
  return list;
}

}  // namespace clipmill
