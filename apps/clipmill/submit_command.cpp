// clipmill submit: a manifest, or one prompt, into the daemon's queue.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "clipmill/checks.h"
#include "clipmill/command.h"
#include "clipmill/daemon_client.h"
#include "clipmill/input_stamps.h"
#include "clipmill/job_flags.h"
#include "clipmill/wait_for_jobs.h"
#include "core/job_fields.h"
#include "manifest/manifest.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr const char* kAbout =
    "Hands the clips of a manifest, or one clip from --prompt, to the daemon. What it says it took is on the "
    "disk: a "
    "crash\n"
    "loses nothing. The same clip again is the same job.\n"
    "\n"
    "  clipmill submit shots.toml\n"
    "  clipmill submit shots.toml --priority 5 --wait\n"
    "  clipmill submit --model models/shapes --prompt \"a red circle on black\" --output red.mp4";

struct Options {
  std::string manifest, output_folder, state;
  bool wait = false, json = false;
};

Manifest manifest_of(const Options& options, const std::vector<Override>& overrides) {
  const bool file = !options.manifest.empty();
  if (file && !fs::exists(options.manifest)) throw input_error("no such manifest: {}", options.manifest);
  Manifest manifest =
      file ? read_manifest(options.manifest, JobSpec(), overrides) : manifest_of_flags(JobSpec(), overrides);
  const fs::path here = file ? fs::absolute(options.manifest).parent_path() : fs::current_path();
  fs::path folder = fs::current_path();
  if (file) folder = manifest.output_folder.empty() ? fs::absolute("clips") : here / manifest.output_folder;
  if (!options.output_folder.empty()) folder = fs::absolute(options.output_folder);
  resolve_paths(manifest, folder, here);
  return manifest;
}

int submit(const Options& options, const JobFlags& flags) {
  if (options.manifest.empty() && flags.text("prompt").empty())
    throw Error(ErrorKind::kInput, "nothing to submit: give a manifest, or --prompt with a text");
  Manifest manifest = manifest_of(options, flags.given());
  const DaemonClient daemon(daemon_place(options.state));
  daemon.get("/healthz");
  check_batch(manifest, "");
  stamp_inputs(manifest.jobs);
  nlohmann::json jobs = nlohmann::json::array();
  for (const JobSpec& job : manifest.jobs) jobs.push_back(to_json(job));
  const auto answer = daemon.post("/v1/queue/jobs", {{"jobs", jobs}});
  const auto ids = answer.at("ids").get<std::vector<std::int64_t>>();
  if (options.json) {
    fmt::print("{}\n", answer.dump());
  } else if (ids.size() == 1) {
    fmt::print("job {}\n", ids.front());
  } else {
    fmt::print("{} jobs: {} to {}\n", ids.size(), ids.front(), ids.back());
  }
  return options.wait ? wait_for_jobs(daemon, ids, true) : kAllDone;
}

}  // namespace

void add_submit_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("submit", kAbout);
  auto options = std::make_shared<Options>();
  command->add_option("manifest", options->manifest, "list of clips: .toml, .jsonl or .csv")
      ->type_name("FILE");
  auto flags = std::make_shared<JobFlags>(*command);
  command
      ->add_option("--output-folder", options->output_folder,
                   "where clips go; default: the manifest's, or ./clips")
      ->type_name("FOLDER");
  add_state_flag(*command, options->state);
  command->add_flag("--wait", options->wait, "until all of them are over; exit code 1 if one is not done");
  command->add_flag("--json", options->json, "the jobs' numbers as JSON");
  command->callback([options, flags, &exit_code] { exit_code = submit(*options, *flags); });
}

}  // namespace clipmill
