// What training holds in memory, and what each way to make it less costs: the small model's transformer with
// its text encoder, batch 32, fp32 beside mixed precision, activation checkpointing, gradient accumulation
// and all of them. bench_training_memory [STEPS [CSV [BATCH]]]
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "base/units.h"
#include "timing.h"
#include "training_problem.h"
#include "vram/device.h"

namespace clipmill {
namespace {

constexpr int kClips = 256, kDefaultSteps = 24;

struct Lever {
  const char* name;
  Precision precision;
  int segments;    ///< 0: no checkpointing
  int accumulate;  ///< parts of the batch
};

constexpr Lever kLevers[] = {
    {"fp32", Precision::kFp32, 0, 1},
    {"bf16 autocast", Precision::kBf16, 0, 1},
    {"fp16 autocast, GradScaler", Precision::kFp16, 0, 1},
    {"checkpointing", Precision::kFp32, 6, 1},
    {"accumulation 4", Precision::kFp32, 0, 4},
    {"accumulation 8", Precision::kFp32, 0, 8},
    {"all, bf16, acc. 4", Precision::kBf16, 6, 4},
    {"all, fp16, acc. 4", Precision::kFp16, 6, 4},
    {"checkpointing, acc. 4", Precision::kFp32, 6, 4},
    {"bf16, accumulation 8", Precision::kBf16, 0, 8},
};

struct Result {
  std::int64_t whole = 0;  ///< bytes at the peak: weights, gradients, moments, average, activations, latents
  std::int64_t held = 0;   ///< of these, what is there between steps, gradients not
  std::vector<double> seconds;  ///< of each step
  std::vector<double> losses;   ///< of each step
  double judged = 0;            ///< the averaged weights' on the same clips and noise for all
};

TrainRecipe with(TrainRecipe recipe, const Lever& lever) {
  recipe.precision = lever.precision;
  recipe.segments = lever.segments;
  recipe.train_transformer.optimizer.accumulate = lever.accumulate;
  return recipe;
}

/// The second step's peak: from then on every step is like it.
void measure_memory(const TrainingProblem& problem, const Lever& lever, Device& device, Result& result) {
  const std::int64_t before = device.memory().current;
  TrainingRun run(with(problem.recipe(), lever), problem);
  result.held = device.memory().current - before;
  run.trainer.step(0);
  device.reset_peak();
  run.trainer.step(1);
  result.whole = device.memory().peak - before;
}

/// All of them step by step in turn, so that they meet the same machine.
std::vector<Result> measure(const TrainingProblem& problem, Device& device, int steps) {
  std::vector<Result> results(std::size(kLevers));
  std::vector<std::unique_ptr<TrainingRun>> runs;
  for (std::size_t i = 0; i < results.size(); ++i) {
    measure_memory(problem, kLevers[i], device, results[i]);
    runs.push_back(std::make_unique<TrainingRun>(with(problem.recipe(), kLevers[i]), problem));
  }
  for (int step = 0; step < steps; ++step) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      const double start = processor_seconds();
      results[i].losses.push_back(runs[i]->trainer.step(step).loss);
      results[i].seconds.push_back(processor_seconds() - start);
    }
  }
  for (std::size_t i = 0; i < results.size(); ++i)
    results[i].judged = problem.loss(runs[i]->trainer.averaged());
  return results;
}

double mean_of_last(const std::vector<double>& losses, std::size_t count) {
  count = std::min(count, losses.size());
  double sum = 0;
  for (std::size_t i = losses.size() - count; i < losses.size(); ++i) sum += losses[i];
  return sum / static_cast<double>(count);
}

double percent(double value, double reference) { return 100 * (value / reference - 1); }

void print_row(const Lever& lever, const Result& r, const Result& fp32, std::ostream& csv) {
  const std::vector<double> time = ratios(r.seconds, fp32.seconds);
  const double loss = mean_of_last(r.losses, 50), reference = mean_of_last(fp32.losses, 50);
  const double whole = percent(r.whole, fp32.whole);
  const double above = percent(r.whole - r.held, fp32.whole - fp32.held);
  fmt::print(
      "{:<26}{:>11}{:>+8.1f} %{:>11}{:>+8.1f} %{:>8.3f}{:>7.2f} ({:.2f}-{:.2f}){:>9.4f}{:>+7.2f} "
      "%{:>9.4f}{:>+7.2f} %\n",
      lever.name, format_bytes(r.whole), whole, format_bytes(r.whole - r.held), above,
      quantile(r.seconds, 0.5), quantile(time, 0.5), quantile(time, 0.25), quantile(time, 0.75), loss,
      percent(loss, reference), r.judged, percent(r.judged, fp32.judged));
  csv << fmt::format("\"{}\",{},{},{:.4f},{:.4f},{:.4f},{:.3f},{:.3f},{:.3f},{:.5f},{:.5f}\n", lever.name,
                     r.whole, r.held, whole / 100, above / 100, quantile(r.seconds, 0.5), quantile(time, 0.5),
                     quantile(time, 0.25), quantile(time, 0.75), loss, r.judged);
}

int run(int steps, const char* csv_path, int batch) {
  at::set_num_threads(1);
  const auto device = open_device("cpu");
  const TrainingProblem problem(kClips, steps, batch);
  const std::vector<Result> results = measure(problem, *device, steps);

  std::ofstream csv;
  if (csv_path) csv.open(csv_path);
  csv << "lever,peak_bytes,held_bytes,peak_change,above_change,seconds,time_ratio,time_q25,time_q75,loss,"
         "judged_loss\n";
  fmt::print("{} parameters, batch {} of 80 tokens, {} steps, {}\n\n", problem.parameters()->count(),
             problem.recipe().train_transformer.optimizer.batch, steps, device->description());
  fmt::print("{:<26}{:>11}{:>10}{:>11}{:>10}{:>8}{:>19}{:>9}{:>9}{:>9}{:>9}\n", "", "peak", "of fp32",
             "above", "of fp32", "cpu s", "time (quartiles)", "loss", "", "judged", "");
  for (std::size_t i = 0; i < results.size(); ++i) print_row(kLevers[i], results[i], results[0], csv);
  return 0;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::atoi(argv[1]) : clipmill::kDefaultSteps;
  if (steps < 1) {
    std::fprintf(stderr, "usage: bench_training_memory [STEPS [CSV [BATCH]]]\n");
    return 2;
  }
  return clipmill::run(steps, argc > 2 ? argv[2] : nullptr, argc > 3 ? std::atoi(argv[3]) : 32);
}
