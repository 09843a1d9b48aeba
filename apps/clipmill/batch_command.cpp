// clipmill batch: how many clips fit the memory at once, in a training step or generated together.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/units.h"
#include "clipmill/byte_check.h"
#include "clipmill/command.h"
#include "clipmill/device_plan.h"
#include "clipmill/outcome.h"
#include "clipmill/recipe_flags.h"
#include "clipmill/run_flags.h"
#include "clipmill/scratch_folder.h"
#include "core/job_fields.h"
#include "cost/limits.h"
#include "recipe/bucket_json.h"
#include "recipe/recipe_json.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr const char* kBatchAbout =
    "Finds out how many clips fit the memory at once, by trying: in a step of a training, or generated "
    "together.\n"
    "\n"
    "  clipmill batch shapes.toml --memory 2GiB                 clips of a step of its transformer\n"
    "  clipmill batch shapes.toml --memory 2GiB --part vae      … of its VAE\n"
    "  clipmill batch --model DIR --size 64x64 --frames 17 --memory 1GiB\n"
    "\n"
    "Nothing is trained or made. Each trial is a real step (or denoising and decoding); what does not fit "
    "is\n"
    "recovered from. Tells the largest number that fits, the smallest that is about as fast as any, and how "
    "the\n"
    "memory grows. Training takes it from there: batch = \"auto\" in the recipe.\n"
    "Exit code: 0 done, 1 failed, interrupted or not even one clip fits, 2 wrong usage or input.";

struct BatchCommandOptions {
  BatchRecipe recipe;
  std::string config, part = "transformer", size = "64x64", precision = "fp32", memory;
  std::vector<std::string> settings;
  RunOptions run;
};

/// Of the part that is asked for.
int steps_of(const TrainRecipe& train, bool vae) {
  return vae ? train.train_vae.optimizer.steps + train.train_vae.decoder_steps
             : train.train_transformer.optimizer.steps;
}

void add_training(const BatchCommandOptions& options, BatchRecipe& recipe) {
  const TrainRecipe train = train_recipe_of(options.config, options.settings);
  recipe.train = to_json(train).dump();
  recipe.vae = options.part == "vae";
  if (steps_of(train, recipe.vae) == 0) {
    throw Error(
        ErrorKind::kInput, fmt::format("{} trains no {}: its steps are 0", options.config, options.part),
        recipe.vae ? "--part transformer measures the other part" : "--part vae measures the other part");
  }
  if (recipe.memory == 0) recipe.memory = train.memory;
}

void add_clips(const BatchCommandOptions& options, BatchRecipe& recipe) {
  recipe.model = absolute_model(recipe.model);
  set_size(recipe.bucket, options.size);
  recipe.precision = precision_from(options.precision);
  const auto reasons = violations(recipe.bucket, limits_of(one_transformer_model(recipe.model)));
  if (!reasons.empty()) throw input_error("{}", reasons.front());
}

/// What is said of clips of --model has no meaning for a recipe, and the other way round.
void check_flags(const CLI::App& command, bool of_recipe) {
  const std::vector<std::string> of_clips = {"--size", "--frames", "--steps", "--guidance", "--precision"};
  const std::vector<std::string> of_recipes = {"--set", "--part"};
  for (const std::string& flag : of_recipe ? of_clips : of_recipes) {
    if (command.count(flag) > 0)
      throw input_error("{} is for {}", flag,
                        of_recipe ? "clips of --model; a recipe says it itself (--set)" : "a recipe");
  }
}

BatchRecipe batch_recipe_of(const BatchCommandOptions& options) {
  BatchRecipe recipe = options.recipe;
  if (options.config.empty() == recipe.model.empty()) {
    throw Error(ErrorKind::kInput,
                recipe.model.empty() ? "nothing to do: give a recipe, or --model"
                                     : "a recipe and --model exclude each other",
                "clipmill batch --help shows how");
  }
  if (!options.memory.empty()) recipe.memory = parse_bytes(options.memory);
  options.config.empty() ? add_clips(options, recipe) : add_training(options, recipe);
  return batch_recipe_from(to_json(recipe).dump());  // every value within its bounds
}

JobSpec batch_job_of(const BatchRecipe& recipe, const fs::path& folder) {
  JobSpec job;
  job.kind = JobKind::kBatch;
  job.recipe = to_json(recipe).dump();
  job.model = recipe.model;
  job.output = (folder / "batch" / "batch.json").string();
  return job;
}

std::string probe_line(const nlohmann::json& probe) {
  const int clips = probe.at("clips");
  if (!probe.at("fits").get<bool>()) return fmt::format("{:>8}  does not fit\n", clips);
  return fmt::format("{:>8}  {:>12}  {:>9}  {:>9.2f}\n", clips, format_bytes(probe.at("peak_bytes")),
                     format_seconds(probe.at("seconds")), probe.at("clips_per_second").get<double>());
}

std::string found_text(const nlohmann::json& found) {
  std::string text = fmt::format("{:>8}  {:>12}  {:>9}  {:>9}\n", "clips", "peak memory", "time", "clips/s");
  for (const auto& probe : found.at("probes")) text += probe_line(probe);
  text += fmt::format(
      "\nbudget {}: the largest is {} (limited by {}), the knee of the throughput {}\n",
      format_bytes(found.at("budget_bytes")), found.at("largest").get<int>(),
      found.at("limited_by") == "largest" ? "--largest" : found.at("limited_by").get<std::string>(),
      found.at("fastest").get<int>());
  if (found.contains("bytes_per_clip"))
    text += fmt::format("memory: {} + {} a clip\n",
                        format_bytes(static_cast<std::int64_t>(found.at("fixed_bytes").get<double>())),
                        format_bytes(static_cast<std::int64_t>(found.at("bytes_per_clip").get<double>())));
  return text;
}

void print_found(const JobSpec& job, const RunOptions& options) try {
  fmt::print(people(options), "\n{}", found_text(nlohmann::json::parse(read_file(job.output))));
} catch (const nlohmann::json::exception& error) {
  throw Error(ErrorKind::kWorker, fmt::format("{}: {}", job.output, error.what()));
}

int run(BatchCommandOptions options, const CLI::App& command) {
  check_flags(command, !options.config.empty());
  options.run.devices = checked_devices(options.run.devices);
  options.run.afterwards = "nothing is kept of this measurement";
  const ScratchFolder scratch;  // for the result and what the worker needs on the way
  const std::vector<JobSpec> jobs = {batch_job_of(batch_recipe_of(options), scratch.path())};
  const SystemClock clock;
  const RunResult result = run_jobs(jobs, options.run, clock);
  const int code = tell_outcome(result, options.run);
  if (code == kAllDone) print_found(jobs.front(), options.run);
  return code;
}

void add_clip_flags(CLI::App& command, BatchCommandOptions& options) {
  BatchRecipe& recipe = options.recipe;
  command.add_option("--model", recipe.model, "checkpoint in the Diffusers layout whose clips are generated")
      ->type_name("FOLDER");
  command.add_option("--size", options.size, "of clips of --model")->type_name("WxH")->capture_default_str();
  command.add_option("--frames", recipe.bucket.frames, "length of clips of --model, 4k+1")
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--steps", recipe.steps, "denoising steps; they change the time only")
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--guidance", recipe.guidance, "classifier-free guidance scale")
      ->type_name("SCALE")
      ->capture_default_str();
  command.add_option("--precision", options.precision, "of generating: fp32, bf16 or fp16")
      ->type_name("TYPE")
      ->capture_default_str();
}

}  // namespace

void add_batch_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("batch", kBatchAbout);
  auto options = std::make_shared<BatchCommandOptions>();
  command->add_option("config", options->config, "a training recipe (.toml)")->type_name("FILE");
  command->add_option("--set", options->settings, "a key of the recipe, as segments=4; repeat it for several")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_option("--part", options->part, "which training of the recipe")
      ->check(CLI::IsMember({"transformer", "vae"}))
      ->capture_default_str();
  add_clip_flags(*command, *options);
  command
      ->add_option("--memory", options->memory,
                   "how much may be used, as 2GiB; default: the recipe's, or what the device has")
      ->check(byte_check())
      ->type_name("BYTES");
  command->add_option("--largest", options->recipe.largest, "the largest number worth knowing")
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--seconds", options->recipe.most_seconds,
                   "a batch that would take longer counts as too large")
      ->type_name("S")
      ->capture_default_str();
  add_run_flags(*command, options->run, false);
  command->callback([options, command, &exit_code] { exit_code = run(*options, *command); });
}

}  // namespace clipmill
