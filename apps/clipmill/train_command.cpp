// clipmill train: a recipe into a model.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "clipmill/command.h"
#include "clipmill/daemon_client.h"
#include "clipmill/device_plan.h"
#include "clipmill/input_stamps.h"
#include "clipmill/outcome.h"
#include "clipmill/recipe_flags.h"
#include "clipmill/run_flags.h"
#include "clipmill/submit_jobs.h"
#include "clipmill/training_folder.h"
#include "core/job_fields.h"
#include "recipe/recipe_file.h"
#include "recipe/recipe_json.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr const char* kTrainAbout =
    "Trains a model, or a LoRA for one, as a recipe says.\n"
    "\n"
    "  clipmill train shapes.toml\n"
    "  clipmill train shapes.toml --output mine --set train_vae.steps=200 --set precision=bf16\n"
    "\n"
    "The same command goes on with a run that was interrupted or killed, and does nothing once it is "
    "finished. It also\n"
    "goes on when only the course was changed (steps, rates, batches, precision), and tells so; a part whose "
    "subject\n"
    "(data, structure, seed, base) was changed begins again, its earlier state being set aside. --submit "
    "hands it to\n"
    "the daemon, for queue, show, pause, resume and cancel.\n"
    "Exit code: 0 done, 1 failed (as with broken clips) or interrupted, 2 wrong usage or recipe.";

struct TrainCommandOptions {
  std::string config, output;
  std::vector<std::string> settings;
  bool fresh = false, keys = false;
  RunOptions run;
  bool submit = false, wait = false;  // to the daemon, whose state lies in:
  std::string state;
  int priority = 0;
};

TrainRecipe recipe_of(const TrainCommandOptions& options) {
  if (options.config.empty())
    throw Error(ErrorKind::kInput, "nothing to do: give a recipe", "clipmill train --help shows how");
  return train_recipe_of(options.config, options.settings, options.output);
}

JobSpec job_of(const TrainRecipe& recipe, const TrainingFolder& folder) {
  JobSpec job;
  job.kind = JobKind::kTrain;
  job.recipe = to_json(recipe).dump();
  job.model = recipe.base;
  job.output = folder.result().string();
  return job;
}

void mend(const TrainRecipe& recipe, const TrainingFolder& folder) {
  const std::string damage = folder.damage(recipe);
  if (damage.empty()) return;
  fmt::print(stderr, "clipmill: {} was finished, but {}; it is made again from its saved states\n",
             recipe.output, damage);
  folder.reopen();
}

/// The daemon has its own workers and devices.
int submit(const TrainCommandOptions& options, JobSpec job) {
  const DaemonClient daemon(daemon_place(options.state));
  daemon.get("/healthz");
  job.priority = options.priority;
  stamp_inputs({&job, 1});
  return submit_jobs(daemon, nlohmann::json::array({to_json(job)}), {options.wait, options.run.json});
}

int train(TrainCommandOptions options) {
  options.run.devices = checked_devices(options.run.devices);
  const TrainRecipe recipe = recipe_of(options);
  const TrainingFolder folder{recipe.output};
  folder.check();
  if (options.fresh) folder.forget();
  mend(recipe, folder);
  if (options.submit) return submit(options, job_of(recipe, folder));
  options.run.state_folder = folder.queue();
  options.run.afterwards = "the same command goes on from the last saved step";
  const SystemClock clock;
  const std::vector<JobSpec> jobs = {job_of(recipe, folder)};
  const RunResult result = run_jobs(jobs, options.run, clock);
  const int code = tell_outcome(result, options.run);
  if (fs::exists(folder.state()))
    fmt::print(people(options.run), "loss curve, samples and saved states: {}\n", folder.state().string());
  if (result.account.totals().kept > 0)
    fmt::print(people(options.run), "{} is finished; --fresh trains it again\n", recipe.output);
  return code;
}

int run(const TrainCommandOptions& options) {
  if (!options.keys) return train(options);
  fmt::print("{}", train_keys());
  return kAllDone;
}

/// CLI11 takes "" for an option that was not given.
std::string named(const std::string& folder) { return folder.empty() ? "must name a folder" : ""; }

/// With --submit, where and how it runs is the daemon's matter.
void add_queue_flags(CLI::App& command, TrainCommandOptions& options) {
  CLI::Option* submit =
      command.add_flag("--submit", options.submit, "hand it to the daemon instead of running it here");
  for (const char* other : {"--fresh", "--device", "--threads", "--worker"}) submit->excludes(other);
  command.add_flag("--wait", options.wait, "of --submit: until it is over; exit code 1 if it is not done")
      ->needs(submit);
  command.add_option("--priority", options.priority, "of --submit: larger first")
      ->type_name("N")
      ->needs(submit);
  add_state_flag(command, options.state);
}

}  // namespace

void add_train_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("train", kTrainAbout);
  auto options = std::make_shared<TrainCommandOptions>();
  command->add_option("config", options->config, "the recipe (.toml)")->type_name("FILE");
  command->add_option("--output", options->output, "folder of the model; default: the recipe's")
      ->type_name("FOLDER")
      ->check(named);
  command
      ->add_option("--set", options->settings,
                   "a key of the recipe, as train_vae.steps=200; repeat it for several")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_flag("--fresh", options->fresh, "forget an earlier run in the same folder");
  command->add_flag("--keys", options->keys, "list every key of a recipe, and what it means");
  add_run_flags(*command, options->run, false);
  add_queue_flags(*command, *options);
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace clipmill
