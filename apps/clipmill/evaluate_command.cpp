// clipmill evaluate: how often a model's clips show what their prompts ask for.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/error.h"
#include "clipmill/command.h"
#include "clipmill/device_plan.h"
#include "clipmill/outcome.h"
#include "clipmill/recipe_flags.h"
#include "clipmill/run_flags.h"
#include "core/job_fields.h"
#include "cost/limits.h"
#include "recipe/bucket_json.h"
#include "recipe/recipe_json.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr const char* kEvaluateAbout =
    "Measures prompt adherence of a model of the world of shapes: makes clips of prompts, half of them "
    "combinations\n"
    "never trained, and recognises shape, colour, motion and background from the pixels.\n"
    "\n"
    "  clipmill evaluate --model models/shapes\n"
    "  clipmill evaluate --model mine --prompts 64 --size 64x64 --size 96x64 --size 64x64x33 --json\n"
    "\n"
    "Writes evaluation.json and contact sheets. Exit code: 0 done, 1 failed or interrupted, 2 wrong usage or "
    "input.";

struct EvaluateCommandOptions {
  EvaluateRecipe recipe;
  std::vector<std::string> sizes = {"64x64"};
  std::vector<int> frames = {17};
  std::string precision = "fp32";
  std::int64_t seed = static_cast<std::int64_t>(EvaluateRecipe().seed);
  RunOptions run;
};

/// Says of which flag `read` complains.
void of_flag(const std::string& flag, const std::function<void()>& read) try {
  read();
} catch (const Error& error) {
  throw input_error("{}: {}", flag, error.what());
}

/// "64x64" in every length, "64x64x33" in its own.
std::vector<Bucket> buckets_of_size(const std::string& text, const std::vector<int>& lengths) {
  const std::size_t first = text.find('x'),
                    second = first == text.npos ? text.npos : text.find('x', first + 1);
  Bucket bucket;
  set_size(bucket, text.substr(0, second));
  std::vector<Bucket> buckets;
  if (second != text.npos) {
    const FieldValue frames = parse_field(*find_job_field("frames"), text.substr(second + 1));
    bucket.frames = static_cast<int>(std::get<std::int64_t>(frames));
    return {bucket};
  }
  for (const int frames : lengths) {
    bucket.frames = frames;
    buckets.push_back(bucket);
  }
  return buckets;
}

std::vector<Bucket> buckets_of(const EvaluateCommandOptions& options) {
  std::vector<Bucket> buckets;
  const auto add = [&](const Bucket& bucket) {
    if (std::ranges::find(buckets, bucket) == buckets.end()) buckets.push_back(bucket);
  };
  for (const std::string& size : options.sizes) {
    of_flag("--size " + size, [&] { std::ranges::for_each(buckets_of_size(size, options.frames), add); });
  }
  return buckets;
}

void check_buckets(const EvaluateRecipe& recipe) {
  const ModelLimits limits = limits_of(one_transformer_model(recipe.model));
  for (const Bucket& bucket : recipe.buckets) {
    const auto reasons = violations(bucket, limits);
    if (!reasons.empty())
      throw input_error("{}x{}x{}: {}", bucket.width, bucket.height, bucket.frames, reasons.front());
    if (bucket.frames < 2) throw input_error("--frames: motion shows in at least 5 frames");
  }
}

std::string absolute_lora(const std::string& text) {
  std::vector<LoraChoice> loras = parse_loras(text);
  for (LoraChoice& lora : loras) {
    lora.path = fs::absolute(lora.path).lexically_normal().string();
    if (!fs::exists(lora.path)) throw input_error("--lora: there is no {}", lora.path);
  }
  return format_loras(loras);
}

EvaluateRecipe recipe_of(const EvaluateCommandOptions& options) {
  EvaluateRecipe recipe = options.recipe;
  if (recipe.model.empty()) throw input_error("--model is missing: the folder of the model to measure");
  recipe.model = absolute_model(recipe.model);
  if (recipe.output.empty()) recipe.output = "evaluation-" + fs::path(recipe.model).filename().string();
  recipe.output = fs::absolute(recipe.output).lexically_normal().string();
  of_flag("--precision", [&] { recipe.precision = precision_from(options.precision); });
  if (options.seed < 0) throw input_error("--seed must be at least 0, not {}", options.seed);
  if (!std::isfinite(recipe.guidance))
    throw input_error("--guidance must be a number, not {}", recipe.guidance);
  recipe.seed = static_cast<std::uint64_t>(options.seed);
  recipe.buckets = buckets_of(options);
  for (std::string& lora : recipe.loras) lora = absolute_lora(lora);
  check_buckets(recipe);
  return evaluate_recipe_from(to_json(recipe).dump());  // every value within its bounds
}

JobSpec job_of(const EvaluateRecipe& recipe) {
  JobSpec job;
  job.kind = JobKind::kEvaluate;
  job.recipe = to_json(recipe).dump();
  job.model = recipe.model;
  job.output = (fs::path(recipe.output) / "evaluation.json").string();
  return job;
}

/// What the worker wrote for people: {"sizes": {"64x64x17": {"table": "…", "vae": {"psnr_db": …}}}}.
void print_tables(const JobSpec& job, const RunOptions& options) try {
  const auto result = nlohmann::ordered_json::parse(read_file(job.output));
  for (const auto& [name, size] : result.at("sizes").items()) {
    fmt::print(people(options), "\n{}, VAE {:.1f} dB\n{}", name, size.at("vae").at("psnr_db").get<double>(),
               size.at("table").get<std::string>());
  }
  fmt::print(people(options), "\nwritten: {}\n", job.output);
} catch (const nlohmann::json::exception& error) {
  throw Error(ErrorKind::kWorker, fmt::format("{}: {}", job.output, error.what()));
}

/// The queue is kept in memory: a model may have changed under its name, so every call measures.
int run(EvaluateCommandOptions options) {
  options.run.devices = checked_devices(options.run.devices);
  options.run.afterwards = "sizes that were measured are in evaluation.partial.json";
  const std::vector<JobSpec> jobs = {job_of(recipe_of(options))};
  (void)AtomicFile(jobs.front().output);  // it can be written: a measurement takes too long to find out later
  const SystemClock clock;
  const RunResult result = run_jobs(jobs, options.run, clock);
  const int code = tell_outcome(result, options.run);
  if (code == kAllDone) print_tables(jobs.front(), options.run);
  return code;
}

}  // namespace

void add_evaluate_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("evaluate", kEvaluateAbout);
  auto options = std::make_shared<EvaluateCommandOptions>();
  EvaluateRecipe& recipe = options->recipe;
  command->add_option("--model", recipe.model, "checkpoint in the Diffusers layout")->type_name("FOLDER");
  command->add_option("--prompts", recipe.prompts, "how many, of each size and length")
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--size", options->sizes,
                   "width and height, or with the length 64x64x33; repeat it for several")
      ->type_name("WxH")
      ->allow_extra_args(false)
      ->capture_default_str();
  command->add_option("--frames", options->frames, "length, 4k+1; repeat it for several")
      ->type_name("N")
      ->allow_extra_args(false)
      ->capture_default_str();
  command->add_option("--seed", options->seed, "of noise and choice of prompts")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--steps", recipe.steps, "denoising steps")->type_name("N")->capture_default_str();
  command->add_option("--guidance", recipe.guidance, "classifier-free guidance scale")
      ->type_name("SCALE")
      ->capture_default_str();
  command->add_option("--batch", recipe.batch, "clips denoised together")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--precision", options->precision, "fp32, bf16 or fp16")
      ->type_name("TYPE")
      ->capture_default_str();
  command->add_option("--lora", recipe.loras, "a LoRA on the model; repeat it for several")
      ->type_name("FILE[:SCALE]")
      ->allow_extra_args(false);
  command
      ->add_option("--output", recipe.output, "where table and contact sheets go; default: evaluation-MODEL")
      ->type_name("FOLDER");
  add_run_flags(*command, options->run, false);
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace clipmill
