// clipmill run: a manifest, or one prompt, into finished clips.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "clipmill/batch.h"
#include "clipmill/command.h"
#include "clipmill/job_flags.h"
#include "clipmill/run_flags.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr const char* kAbout =
    "Generates the clips of a manifest (TOML, JSON Lines or CSV), or one clip from --prompt.\n"
    "\n"
    "  clipmill run shots.toml\n"
    "  clipmill run shots.toml --steps 30 --output-folder drafts\n"
    "  clipmill run --model models/shapes --prompt \"a red circle moving left on a black background\" \\\n"
    "      --size 64x64 --frames 17 --steps 20 --guidance 2 --output circle.mp4\n"
    "\n"
    "A flag given with a manifest holds for all of its clips. A second run of the same manifest makes what "
    "is missing\n"
    "or has changed. Exit code: 0 all done, 1 some failed or were interrupted, 2 wrong usage or input.";

struct Options {
  std::string manifest, output_folder, report;
  BatchOptions batch;
};

/// A flag is relative to where one stands, a manifest's own folder to the manifest.
fs::path output_folder(const Options& options, const Manifest& manifest) {
  if (!options.output_folder.empty()) return fs::absolute(options.output_folder);
  if (manifest.output_folder.empty()) return fs::absolute("clips");
  return fs::absolute(options.manifest).parent_path() / manifest.output_folder;
}

int run_manifest(const Options& options, const std::vector<Override>& overrides) {
  if (!fs::exists(options.manifest)) throw input_error("no such manifest: {}", options.manifest);
  Manifest manifest = read_manifest(options.manifest, JobSpec(), overrides);
  const fs::path folder = output_folder(options, manifest);
  resolve_paths(manifest, folder, fs::absolute(options.manifest).parent_path());
  BatchOptions batch = options.batch;
  batch.run.state_folder = folder / ".clipmill";
  batch.report = options.report.empty() ? folder / "report.html" : fs::absolute(options.report);
  return run_batch(std::move(manifest), batch);
}

int run_flags(const Options& options, const std::vector<Override>& overrides) {
  Manifest manifest = manifest_of_flags(JobSpec(), overrides);
  const fs::path folder =
      options.output_folder.empty() ? fs::current_path() : fs::absolute(options.output_folder);
  resolve_paths(manifest, folder, fs::current_path());
  BatchOptions batch = options.batch;
  if (!options.report.empty()) batch.report = fs::absolute(options.report);
  return run_batch(std::move(manifest), batch);
}

int run(const Options& options, const JobFlags& flags) {
  if (options.manifest.empty() && flags.text("prompt").empty()) {
    throw Error(ErrorKind::kInput, "nothing to do: give a manifest, or --prompt with a text",
                "clipmill run --help shows both");
  }
  return options.manifest.empty() ? run_flags(options, flags.given()) : run_manifest(options, flags.given());
}

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("run", kAbout);
  auto options = std::make_shared<Options>();
  command->add_option("manifest", options->manifest, "list of clips: .toml, .jsonl or .csv")
      ->type_name("FILE");
  auto flags = std::make_shared<JobFlags>(*command);

  command
      ->add_option("--output-folder", options->output_folder,
                   "where clips go; default: the manifest's, or ./clips")
      ->type_name("FOLDER");
  command
      ->add_option("--report", options->report,
                   "report page; default with a manifest: report.html beside the clips")
      ->type_name("FILE");
  add_run_flags(*command, options->batch.run, true);
  command->callback([options, flags, &exit_code] { exit_code = run(*options, *flags); });
}

}  // namespace clipmill
