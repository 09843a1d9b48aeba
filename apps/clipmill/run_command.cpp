// clipmill run: a manifest, or one prompt, into finished clips.
#include <filesystem>
#include <memory>

#include "clipmill/batch.h"
#include "clipmill/clip_list.h"
#include "clipmill/command.h"
#include "clipmill/job_flags.h"
#include "clipmill/run_flags.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr const char* kRunAbout =
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

struct RunCommandOptions {
  ClipListOptions clips;
  std::string report, memory_report;
  BatchOptions batch;
};

int run(const RunCommandOptions& options, const JobFlags& flags) {
  ClipList clips = clip_list(options.clips, flags);
  BatchOptions batch = options.batch;
  if (!options.report.empty()) batch.report = fs::absolute(options.report);
  if (!options.clips.manifest.empty()) {
    batch.run.state_folder = clips.folder / ".clipmill";
    if (batch.report.empty()) batch.report = clips.folder / "report.html";
  }
  if (!options.memory_report.empty()) batch.memory_report = fs::absolute(options.memory_report);
  return run_batch(std::move(clips.manifest), batch);
}

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("run", kRunAbout);
  auto options = std::make_shared<RunCommandOptions>();
  command->add_option("manifest", options->clips.manifest, "list of clips: .toml, .jsonl or .csv")
      ->type_name("FILE");
  auto flags = std::make_shared<JobFlags>(*command);

  add_clip_list_flags(*command, options->clips);
  command
      ->add_option("--report", options->report,
                   "report page; default with a manifest: report.html beside the clips")
      ->type_name("FILE");
  command
      ->add_option("--memory-report", options->memory_report,
                   "tell what took device memory in each stage, here and as a page with its course over time")
      ->type_name("FILE")
      ->expected(0, 1)
      ->default_str("memory.html");
  add_trace_flags(*command, options->batch.traces);
  options->batch.run.policy.clear();  // nothing comes later: other orders than a queue's are best
  add_run_flags(*command, options->batch.run, true);
  command->get_option("--policy")
      ->description(
          "in which order jobs start; default: completion on one device, makespan on several; see "
          "clipmill simulate --help");
  command->callback([options, flags, &exit_code] { exit_code = run(*options, *flags); });
}

}  // namespace clipmill
