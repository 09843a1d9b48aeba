// A training step of clipmill beside the same step in Python: the small model's transformer with its text
// encoder, batch 32, the same weights, batches and thread. Times are of the processor, so that others on the
// machine do not count. bench_training_speed [STEPS [CSV]]
//
// CLIPMILL_DIFFUSERS_PYTHON names a Python with the packages of tests/parity/requirements.txt:
//   python3 -m venv /tmp/diffusers && /tmp/diffusers/bin/pip install -r tests/parity/requirements.txt
//   CLIPMILL_DIFFUSERS_PYTHON=/tmp/diffusers/bin/python make bench-training_speed
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "checkpoint/model_folder.h"
#include "checkpoint/test_folder.h"
#include "model/tensor_io.h"
#include "python_trainer.h"
#include "timing.h"
#include "train/model_writer.h"
#include "train/schedule.h"
#include "training_problem.h"

namespace clipmill {
namespace {

constexpr int kClips = 256, kDefaultSteps = 24;
constexpr int kUsualSteps = 4;       // it takes so long that no more are needed to see it
constexpr double kTolerance = 1e-3;  // of each step's loss
const std::string kUsual = "usual", kTrimmed = "trimmed";

void export_model(const TrainingProblem& problem, const std::filesystem::path& folder) {
  const ModelFolder shipped = ModelFolder::open(CLIPMILL_SOURCE_DIR "/models/shapes");
  const auto parameters = problem.parameters();
  write_model(folder,
              {.vae_config = problem.recipe().vae,
               .text_encoder_config = problem.recipe().text_encoder,
               .transformer_config = problem.recipe().transformer,
               .vae = load_tensors(shipped.vae()),
               .text_encoder = parameters->below("text_encoder."),
               .transformer = parameters->below("transformer."),
               .tokenizer = problem.tokenizer()},
              Precision::kFp32, 3);
}

void export_batches(const FlowTrainer& trainer, int steps, const std::filesystem::path& file) {
  NamedTensors tensors;
  for (int step = 0; step < steps; ++step) {
    const FlowTrainer::Batch batch = trainer.batch(step);
    const CaptionBatch captions = CaptionBatch::of(batch.captions);
    const auto add = [&](const char* name, const at::Tensor& tensor) {
      tensors.emplace_back(fmt::format("{}.{}", name, step), tensor.contiguous());
    };
    add("x", batch.noised.x);
    add("velocity", batch.noised.velocity);
    add("timestep", batch.noised.timestep);
    add("ids", captions.ids.index_select(0, captions.index));
    add("mask", captions.mask.index_select(0, captions.index));
  }
  save_tensors(file, tensors);
}

void export_settings(const OptimizerRecipe& recipe, int steps, const std::filesystem::path& file) {
  nlohmann::json settings = {{"beta1", recipe.beta1},
                             {"beta2", recipe.beta2},
                             {"weight_decay", recipe.weight_decay},
                             {"clip_norm", recipe.clip_norm},
                             {"threads", at::get_num_threads()}};
  for (int step = 0; step < steps; ++step) {
    settings["learning_rates"].push_back(learning_rate(recipe, step));
    settings["decays"].push_back(ema_decay(recipe.ema, step));
  }
  write_file(file, settings.dump());
}

/// What one trainer made of the steps.
struct Series {
  std::vector<double> losses, seconds;

  void add(const TimedStep& step) {
    losses.push_back(step.loss);
    seconds.push_back(step.seconds);
  }
};
using Measured = std::map<std::string, Series>;

TimedStep clipmill_step(FlowTrainer& trainer, int step) {
  const double start = processor_seconds();
  const double loss = trainer.step(step).loss;
  return {loss, processor_seconds() - start};
}

/// Step by step in turn, so that all meet the same machine. The very first step warms up and is not counted
/// in the times.
Measured measure(FlowTrainer& trainer, PythonTrainer& python, int steps) {
  Measured measured;
  for (int step = 0; step < steps; ++step) {
    measured["clipmill"].add(clipmill_step(trainer, step));
    if (step < kUsualSteps) measured[kUsual].add(python.step(kUsual, step));
    measured[kTrimmed].add(python.step(kTrimmed, step));
  }
  for (auto& [name, series] : measured) series.seconds.erase(series.seconds.begin());
  return measured;
}

void print_row(const std::string& name, const Series& series, const Series& ours, std::ostream& csv) {
  const std::vector<double> paired = ratios(series.seconds, ours.seconds);
  const double seconds = quantile(series.seconds, 0.5), ratio = quantile(paired, 0.5);
  fmt::print("{:<18}{:>9.3f}{:>9.2f} ({:.2f}-{:.2f}){:>12.6f}{:>8}\n", name, seconds, ratio,
             quantile(paired, 0.25), quantile(paired, 0.75), series.losses.front(), series.losses.size());
  csv << fmt::format("{},{:.4f},{:.3f},{:.3f},{:.3f},{:.6f},{}\n", name, seconds, ratio,
                     quantile(paired, 0.25), quantile(paired, 0.75), series.losses.front(),
                     series.losses.size());
}

void print(const Measured& measured, std::ostream& csv) {
  csv << "trainer,seconds,ratio,ratio_q25,ratio_q75,first_loss,steps\n";
  fmt::print("{:<18}{:>9}{:>21}{:>12}{:>8}\n", "", "cpu s", "ratio (quartiles)", "first loss", "steps");
  for (const auto& [name, series] : measured)
    print_row(name == "clipmill" ? name : "Python, " + name, series, measured.at("clipmill"), csv);
}

/// Python's losses must be clipmill's: equal work, with equal results.
bool same_work(const std::vector<double>& ours, const std::vector<double>& pythons) {
  double off = 0;
  for (std::size_t i = 0; i < pythons.size(); ++i) off = std::max(off, std::abs(ours[i] - pythons[i]));
  fmt::print("\nlosses of {} steps, clipmill and Python as usual: {:.1e} apart at most ({})\n",
             pythons.size(), off, off <= kTolerance ? "the same work" : "NOT THE SAME WORK");
  return off <= kTolerance;
}

int run(const char* python_path, int steps, const char* csv_path) {
  at::set_num_threads(1);
  const TrainingProblem problem(kClips, steps);
  TrainingRun run(problem.recipe(), problem);
  const TestFolder folder;
  export_model(problem, folder / "model");
  export_batches(run.trainer, steps, folder / "batches.safetensors");
  export_settings(run.recipe.train_transformer.optimizer, steps, folder / "settings.json");
  PythonTrainer python(python_path, folder.path());

  const Measured measured = measure(run.trainer, python, steps);
  std::ofstream csv;
  if (csv_path) csv.open(csv_path);
  fmt::print("{} parameters, batch {} of 80 tokens, {} steps in turn, 1 thread\n\n",
             problem.parameters()->count(), run.recipe.train_transformer.optimizer.batch, steps);
  print(measured, csv);
  return same_work(measured.at("clipmill").losses, measured.at(kUsual).losses) ? 0 : 1;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::atoi(argv[1]) : clipmill::kDefaultSteps;
  const char* python = std::getenv("CLIPMILL_DIFFUSERS_PYTHON");
  if (steps < 2 || !python) {
    std::fprintf(stderr,
                 "usage: CLIPMILL_DIFFUSERS_PYTHON=PYTHON bench_training_speed [STEPS [CSV]]\n"
                 "PYTHON has the packages of tests/parity/requirements.txt, in a venv for instance.\n");
    return 2;
  }
  return clipmill::run(python, steps, argc > 2 ? argv[2] : nullptr);
}
