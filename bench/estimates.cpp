// How often jobs exceed what was reserved for them, and what the reservations waste.
// bench_estimates: a synthetic replay, several seeds: the analytic work of the published 1.3B model and of
// the shipped one, times a rate, a factor on activations that the analytic model does not know, log-normal
// noise, stragglers, allocator jitter, shapes that appear late, and a driver that changes on the way.
// bench_estimates --store FILE: the measurements of a store instead, in the order in which they were made.
#include <fmt/format.h>

#include <cstring>
#include <map>
#include <random>

#include "core/out_of_memory.h"
#include "cost/clip_work.h"
#include "cost/job_estimates.h"
#include "store/measurements.h"

namespace clipmill {
namespace {

constexpr int kSeeds = 5, kJobs = 3000;
constexpr double kGiB = 1024.0 * 1024 * 1024;

/// The stages of one job that hold device memory; its reservation is for all of them.
using Run = std::vector<Measurement>;

std::int64_t peak_of(const Run& run) {
  std::int64_t most = 0;
  for (const Measurement& stage : run) most = std::max(most, stage.peak_bytes);
  return most;
}

double seconds_of(const Run& run) {
  double sum = 0;
  for (const Measurement& stage : run) sum += stage.seconds;
  return sum;
}

/// A way to reserve: asked before a run, told after it.
class Rule {
 public:
  virtual ~Rule() = default;
  virtual std::int64_t reserve(const Run& run) = 0;
  virtual void learn(const Run& run) = 0;
  virtual void exceeded(const Run&, std::int64_t) {}
};

class Estimated : public Rule {
 public:
  std::int64_t reserve(const Run& run) override {
    std::int64_t most = 0;
    for (const Measurement& stage : run)
      most = std::max(most, estimator_.estimate(stage.key, stage.work).reservation);
    return most;
  }
  void learn(const Run& run) override {
    for (const Measurement& stage : run) estimator_.add(stage);
  }
  void exceeded(const Run& run, std::int64_t reserved) override {
    for (const Measurement& stage : run) {
      if (stage.peak_bytes == peak_of(run))
        estimator_.add(OutOfMemory{stage.key, stage.shape, stage.work, reserved});
    }
  }

 private:
  Estimator estimator_;
};

/// The most that any run of this model and plan took on this device, and if `by_shape` one of this shape; at
/// first 1.5 × the analytic bytes.
class MaximumSeen : public Rule {
 public:
  explicit MaximumSeen(bool by_shape) : by_shape_(by_shape) {}
  std::int64_t reserve(const Run& run) override {
    const auto seen = seen_.find(key(run));
    if (seen != seen_.end()) return seen->second;
    double most = 0;
    for (const Measurement& stage : run) most = std::max(most, 1.5 * stage.work.bytes);
    return static_cast<std::int64_t>(most);
  }
  void learn(const Run& run) override {
    std::int64_t& most = seen_[key(run)];
    most = std::max(most, peak_of(run));
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string, ClipShape>;
  Key key(const Run& run) const {
    const StageKey& key = run.front().key;
    return {key.model, key.device, key.plan, by_shape_ ? run.front().shape : ClipShape()};
  }
  bool by_shape_;
  std::map<Key, std::int64_t> seen_;
};

struct Outcome {
  int runs = 0, exceeded = 0, late = 0;  // late: after the first tenth
  double wasted = 0, used = 0;           // bytes·hours
};

/// A run that exceeds its reservation is run again with twice as much.
Outcome replay(const std::vector<Run>& runs, Rule& rule) {
  Outcome outcome;
  for (const Run& run : runs) {
    const std::int64_t peak = peak_of(run);
    const double hours = seconds_of(run) / 3600;
    std::int64_t reserved = rule.reserve(run);
    if (peak > reserved) {
      ++outcome.exceeded;
      outcome.late += outcome.runs >= static_cast<int>(runs.size()) / 10;
      rule.exceeded(run, reserved);
    }
    while (peak > reserved) {
      outcome.wasted += static_cast<double>(reserved) * hours / 2;  // on average it fails half-way
      reserved = twice(reserved);
    }
    outcome.wasted += static_cast<double>(reserved - peak) * hours;
    outcome.used += static_cast<double>(peak) * hours;
    ++outcome.runs;
    rule.learn(run);
  }
  return outcome;
}

// --- the synthetic replay

ModelCost published_1_3b() {
  TransformerConfig transformer;
  transformer.num_attention_heads = 12, transformer.ffn_dim = 8960, transformer.num_layers = 30;
  TextEncoderConfig text_encoder;
  text_encoder.vocab_size = 256384, text_encoder.d_model = 4096, text_encoder.d_ff = 10240;
  text_encoder.num_layers = 24, text_encoder.num_heads = 64;
  return ModelCost::of(transformer, VaeConfig(), text_encoder);
}

struct Model {
  std::string name;
  ModelCost cost;
  std::vector<std::pair<int, int>> sizes;
};

std::vector<Model> synthetic_models() {
  return {{"1.3B", published_1_3b(), {{832, 480}, {480, 832}, {640, 368}, {1280, 720}, {960, 544}}},
          {"shapes",
           ModelCost::of(ModelFolder::open(CLIPMILL_SOURCE_DIR "/models/shapes")),
           {{64, 64}, {96, 64}, {128, 128}, {256, 256}, {64, 96}}}};
}

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {}

  /// Job `number` of kJobs: the last two sizes of a model are only asked for in the second half.
  Run run(const std::vector<Model>& models, int number) {
    const Model& model = models[number % 4 == 0 ? 1 : 0];
    const std::size_t known = model.sizes.size() - (number < kJobs / 2 ? 2 : 0);
    const auto [width, height] = model.sizes[pick(known)];
    ClipSpec clip;
    clip.width = width, clip.height = height;
    clip.frames = 17 + 16 * static_cast<int>(pick(5));
    clip.steps = 10 * (1 + static_cast<int>(pick(5)));
    clip.guidance = pick(5) == 0 ? 1 : 5;
    clip.precision = Precision::kBf16;
    const bool new_driver = number > kJobs * 6 / 10;
    const std::string device = fmt::format("cuda:{}", pick(2));
    Run run;
    for (const Stage stage : {Stage::kEncodeText, Stage::kDenoise, Stage::kDecode})
      run.push_back(measure(model, device, clip, stage, new_driver));
    return run;
  }

 private:
  std::size_t pick(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }
  double normal(double sigma) { return std::normal_distribution<double>(0, sigma)(random_); }

  Measurement measure(const Model& model, const std::string& device, const ClipSpec& clip, Stage stage,
                      bool new_driver) {
    const StageWork work = work_of(model.cost, clip, stage, {device});
    const double rate = (device == "cuda:0" ? 3e14 : 1.8e14) * (new_driver ? 1.1 : 1);
    const double straggler = pick(200) == 0 ? 3 : 1;
    const double seconds = (0.05 + work.amount / rate) * std::exp(normal(0.12)) * straggler;
    const double held = load_work(model.cost, clip, stage).bytes;
    const double activations = (work.bytes - held) * (stage == Stage::kDecode ? 1.25 : 0.85);
    const double workspace = (new_driver ? 0.35 : 0.30) * kGiB;
    const double exact = held + activations * (1 + std::abs(normal(0.02))) + workspace;
    const double block = 2 << 20;
    return {{model.name, device, "bf16", stage},
            shape_of(clip),
            work,
            seconds,
            static_cast<std::int64_t>(std::ceil(exact / block) * block)};
  }

  std::mt19937_64 random_;
};

// --- tables

void print(std::string_view name, const Outcome& outcome) {
  fmt::print("  {:<36}{:>6}{:>10}{:>9.2f}%{:>12.2f}%{:>14.3f}\n", name, outcome.runs, outcome.exceeded,
             100.0 * outcome.exceeded / outcome.runs, 100.0 * outcome.late / outcome.runs,
             outcome.wasted / outcome.used);
}

void compare(const std::vector<Run>& runs) {
  Estimated estimated;
  MaximumSeen of_model(false), of_shape(true);
  print("estimates", replay(runs, estimated));
  print("maximum seen of the model", replay(runs, of_model));
  print("maximum seen of model and shape", replay(runs, of_shape));
}

void print_head() {
  fmt::print("  {:<36}{:>6}{:>10}{:>10}{:>13}{:>14}\n", "reservation by", "runs", "exceeded", "of all",
             "after 10 %", "wasted/used");
}

/// A job's stages follow each other on its device, and encode_text begins it.
std::vector<Run> runs_of(const std::vector<Measurement>& measurements) {
  std::vector<Run> runs;
  std::map<std::string, std::size_t> current;  // of each device
  for (const Measurement& m : measurements) {
    if (m.work.bytes <= 0 || m.key.stage == Stage::kLoad) continue;
    const auto [run, fresh] = current.try_emplace(m.key.device, runs.size());
    if (fresh || m.key.stage == Stage::kEncodeText) {
      run->second = runs.size();
      runs.emplace_back();
    }
    runs[run->second].push_back(m);
  }
  return runs;
}

int replay_store(const char* file) {
  MeasurementHistory history = read_measurements(file);
  JobEstimates reckoned;
  for (const PastStage& past : history.stages) {
    for (const Measurement& m : reckoned.learn(past.job, past.device, past.what))
      history.measurements.push_back(m);
  }
  const std::vector<Run> runs = runs_of(history.measurements);
  if (runs.empty()) {
    fmt::print("{} holds no measurements\n", file);
    return 1;
  }
  fmt::print("measured, {}\n", file);
  print_head();
  compare(runs);
  return 0;
}

int replay_synthetic() {
  const std::vector<Model> models = synthetic_models();
  fmt::print("synthetic: {} jobs of 2 models on 2 devices; bytes·hours wasted relative to those used\n",
             kJobs);
  for (int seed = 1; seed <= kSeeds; ++seed) {
    World world(static_cast<std::uint64_t>(seed));
    std::vector<Run> runs;
    for (int i = 0; i < kJobs; ++i) runs.push_back(world.run(models, i));
    fmt::print("seed {}\n", seed);
    print_head();
    compare(runs);
  }
  return 0;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--store") == 0) return clipmill::replay_store(argv[2]);
  return clipmill::replay_synthetic();
}
