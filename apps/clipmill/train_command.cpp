// clipmill train: a recipe into a model.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "checkpoint/model_folder.h"
#include "clipmill/command.h"
#include "clipmill/device_plan.h"
#include "clipmill/outcome.h"
#include "clipmill/recipe_flags.h"
#include "clipmill/run_flags.h"
#include "recipe/recipe_file.h"
#include "recipe/recipe_json.h"
#include "store/file_lock.h"

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
    "(data, structure, seed, base) was changed begins again, its earlier state being set aside.\n"
    "Exit code: 0 done, 1 failed (as with broken clips) or interrupted, 2 wrong usage or recipe.";

struct TrainCommandOptions {
  std::string config, output;
  std::vector<std::string> settings;
  bool fresh = false, keys = false;
  RunOptions run;
};

/// What the run leaves in its folder.
struct TrainingFolder {
  fs::path folder;
  fs::path state() const { return folder / ".training"; }  ///< of the worker, to go on from
  fs::path queue() const { return folder / ".clipmill"; }
  fs::path result() const { return folder / "training.json"; }  ///< written last

  /// Not by its result: a finished model that was copied brings one along.
  bool began() const { return fs::exists(state()) || fs::exists(queue()); }

  /// No run takes the place of a model that it did not make.
  void check() const {
    if (fs::exists(folder / kModelIndex) && !began()) {
      throw Error(ErrorKind::kInput,
                  fmt::format("{} holds a model that this run did not make", folder.string()),
                  "give another --output");
    }
  }

  /// Under the queue's lock, so that it is not another run's.
  void forget() const {
    const FileLock lock(queue() / "jobs.db");
    fs::remove(result());
    fs::remove_all(state());
  }
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

int train(TrainCommandOptions options) {
  options.run.devices = checked_devices(options.run.devices);
  const TrainRecipe recipe = recipe_of(options);
  const TrainingFolder folder{recipe.output};
  folder.check();
  if (options.fresh) folder.forget();
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

}  // namespace

void add_train_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("train", kTrainAbout);
  auto options = std::make_shared<TrainCommandOptions>();
  command->add_option("config", options->config, "the recipe (.toml)")->type_name("FILE");
  command->add_option("--output", options->output, "folder of the model; default: the recipe's")
      ->type_name("FOLDER");
  command
      ->add_option("--set", options->settings,
                   "a key of the recipe, as train_vae.steps=200; repeat it for several")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_flag("--fresh", options->fresh, "forget an earlier run in the same folder");
  command->add_flag("--keys", options->keys, "list every key of a recipe, and what it means");
  add_run_flags(*command, options->run, false);
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace clipmill
