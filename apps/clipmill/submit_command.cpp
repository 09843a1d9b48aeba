// clipmill submit: a manifest, or one prompt, into the daemon's queue.
#include <fmt/format.h>

#include <memory>

#include "base/atomic_file.h"
#include "base/error.h"
#include "clipmill/checks.h"
#include "clipmill/clip_list.h"
#include "clipmill/command.h"
#include "clipmill/daemon_client.h"
#include "clipmill/input_stamps.h"
#include "clipmill/job_flags.h"
#include "clipmill/submit_jobs.h"
#include "core/job_fields.h"

namespace clipmill {
namespace {

constexpr const char* kSubmitAbout =
    "Hands the clips of a manifest, or one clip from --prompt, to the daemon. What it says it took is on the "
    "disk: a "
    "crash\n"
    "loses nothing. The same clip again is the same job.\n"
    "\n"
    "  clipmill submit shots.toml\n"
    "  clipmill submit shots.toml --priority 5 --wait\n"
    "  clipmill submit --import queue.json          what clipmill queue --export wrote\n"
    "  clipmill submit --model models/shapes --prompt \"a red circle on black\" --output red.mp4";

struct SubmitCommandOptions {
  ClipListOptions clips;
  std::string state, import_file;
  SubmitOptions submit;
};

nlohmann::json jobs_of_manifest(const SubmitCommandOptions& options, const JobFlags& flags) {
  Manifest manifest = clip_list(options.clips, flags).manifest;
  check_batch(manifest, "");
  stamp_inputs(manifest.jobs);
  nlohmann::json jobs = nlohmann::json::array();
  for (const JobSpec& job : manifest.jobs) jobs.push_back(to_json(job));
  return jobs;
}

nlohmann::json imported_jobs(const std::string& file) {
  const auto queue = nlohmann::json::parse(read_file(file), nullptr, false);
  if (!queue.is_object() || !queue.contains("jobs") || !queue["jobs"].is_array())
    throw Error(ErrorKind::kInput, fmt::format("{} holds no jobs", file),
                "--import takes what clipmill queue --export wrote; a manifest goes without it");
  return queue["jobs"];
}

int submit(const SubmitCommandOptions& options, const JobFlags& flags) {
  const DaemonClient daemon(daemon_place(options.state));
  daemon.get("/healthz");
  const nlohmann::json jobs =
      options.import_file.empty() ? jobs_of_manifest(options, flags) : imported_jobs(options.import_file);
  return submit_jobs(daemon, jobs, options.submit);
}

}  // namespace

void add_submit_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("submit", kSubmitAbout);
  auto options = std::make_shared<SubmitCommandOptions>();
  command->add_option("manifest", options->clips.manifest, "list of clips: .toml, .jsonl or .csv")
      ->type_name("FILE");
  auto flags = std::make_shared<JobFlags>(*command);
  add_clip_list_flags(*command, options->clips);
  add_state_flag(*command, options->state);
  command->add_option("--import", options->import_file, "jobs of another queue, instead of clips")
      ->type_name("FILE")
      ->excludes("manifest");
  command->add_flag("--wait", options->submit.wait,
                    "until all of them are over; exit code 1 if one is not done");
  command->add_flag("--json", options->submit.json, "the jobs' numbers as JSON");
  command->callback([options, flags, &exit_code] { exit_code = submit(*options, *flags); });
}

}  // namespace clipmill
