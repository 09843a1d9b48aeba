// Whether the largest batch that is found is the largest batch that fits: six cases, each counted through as
// well (large ones: the found size once more, and the next). bench_batch_size. Fails when one is not exact,
// takes more than 2·log2(n) + 2 probes, or leaves memory behind.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>

#include "base/clock.h"
#include "base/units.h"
#include "train/budget_scope.h"
#include "train/clip_batch.h"
#include "train/training_batch.h"
#include "train/training_setup.h"

namespace clipmill {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

/// A model of examples/shapes.toml's kind, small enough to be counted through.
TrainRecipe small_recipe() {
  TrainRecipe recipe;
  recipe.data.world = "shapes";
  recipe.data.clips = 64;
  recipe.data.buckets = {{64, 64, 5, 2}, {96, 64, 9, 1}};
  recipe.vae.base_dim = recipe.vae.decoder_base_dim = 8;
  recipe.vae.z_dim = 8;
  recipe.vae.dim_mult = {1, 2, 2};
  recipe.vae.num_res_blocks = 1;
  recipe.vae.temperal_downsample = {true, true};
  recipe.vae.is_residual = true;
  recipe.vae.patch_size = 2;
  recipe.vae.in_channels = recipe.vae.out_channels = 12;
  recipe.vae.scale_factor_spatial = 8;
  recipe.vae.scale_factor_temporal = 4;
  recipe.text_encoder.d_model = 32, recipe.text_encoder.d_kv = 16, recipe.text_encoder.d_ff = 64;
  recipe.text_encoder.num_layers = 1, recipe.text_encoder.num_heads = 2;
  recipe.transformer.num_attention_heads = 2, recipe.transformer.attention_head_dim = 32;
  recipe.transformer.in_channels = recipe.transformer.out_channels = 8;
  recipe.transformer.text_dim = 32, recipe.transformer.freq_dim = 32, recipe.transformer.ffn_dim = 256;
  recipe.transformer.num_layers = 6, recipe.transformer.rope_max_seq_len = 64;
  recipe.train_vae.optimizer.steps = recipe.train_transformer.optimizer.steps = 1;
  return recipe;
}

/// Everything that a probe needs, alive as long as the probe is.
struct Workbench {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / "clipmill-bench-batch-size";
  TrainingSetup setup{small_recipe(), folder, at::kCPU};
  std::unique_ptr<VaeTrainer> vae = setup.vae_trainer();
  LatentSet latents = blank_latents();
  std::unique_ptr<FlowTrainer> transformer = setup.flow_trainer(latents);
  TrialSteps trials;
  std::optional<FlowModel> model;
  std::optional<Vae> decoder;
  std::optional<ClipBatch> clips;
  SystemClock clock;

  ~Workbench() { std::filesystem::remove_all(folder); }

  LatentSet blank_latents() const {
    LatentSet set{{}, setup.data().captions()};
    for (const Bucket& bucket : setup.recipe.data.buckets)
      set.buckets.push_back(clipmill::blank_latents(bucket, setup.recipe.vae, 16, 1));
    return set;
  }
};

ProbeBatch probe_of(Device& device, const std::shared_ptr<Workbench>& bench) {
  const ProbeBatch probe = training_probe(device, bench->trials);
  return [bench, probe](std::int64_t size) { return probe(size); };
}

ProbeBatch training_transformer(Device& device, int segments) {
  const auto bench = std::make_shared<Workbench>();
  bench->transformer->set_segments(segments);
  bench->trials = bench->transformer->trials();
  return probe_of(device, bench);
}

ProbeBatch training_vae(Device& device) {
  const auto bench = std::make_shared<Workbench>();
  bench->trials = bench->vae->trials();
  return probe_of(device, bench);
}

ProbeBatch generating(Device& device, const Bucket& bucket) {
  const auto bench = std::make_shared<Workbench>();
  bench->model.emplace(bench->transformer->averaged());
  bench->decoder.emplace(bench->vae->averaged());
  const std::vector<TokenIds> prompts = {
      bench->setup.encode("a red circle moving left on a black background")};
  bench->clips.emplace(*bench->model, *bench->decoder, bench->setup.recipe.vae, prompts,
                       bench->setup.encode(""), GenerateSettings{.bucket = bucket, .steps = 2}, bench->clock,
                       [] {});
  return [bench, &device](std::int64_t size) { return bench->clips->probe(device, size); };
}

struct Case {
  std::string name;
  std::int64_t room;  ///< bytes on top of what is held already
  std::function<ProbeBatch(Device&)> make;
};

std::vector<Case> cases() {
  const auto transformer = [](int segments) {
    return [segments](Device& device) { return training_transformer(device, segments); };
  };
  return {{"training the transformer", 24 * kMiB, transformer(0)},
          {"… in more memory", 64 * kMiB, transformer(0)},
          {"… with checkpointing", 24 * kMiB, transformer(3)},
          {"training the VAE", 64 * kMiB, training_vae},
          {"generating 64x64, 5 frames", 12 * kMiB,
           [](Device& device) {
             return generating(device, {64, 64, 5});
           }},
          {"generating 96x64, 17 frames", 56 * kMiB, [](Device& device) {
             return generating(device, {96, 64, 17});
           }}};
}

constexpr std::int64_t kCountedThrough = 48;

/// Every size, one after the other, until one does not fit; from `found` on where that is many.
std::int64_t counted(const ProbeBatch& probe, std::int64_t found) {
  std::int64_t size = found > kCountedThrough ? found - 1 : 0;
  while (probe(size + 1).fits) ++size;
  return size;
}

bool run_case(Device& device, const Case& each) {
  const ProbeBatch probe = each.make(device);
  probe(1);  // libraries keep something for good the first time
  const std::int64_t before = device.memory().current, budget = before + each.room;
  const BudgetScope cap(device, budget);
  const FoundBatch found = search_batch(probe, {1024, budget, 1e9});
  const std::int64_t after = device.memory().current, exact = counted(probe, found.size.largest);
  const double bound = 2 * std::log2(std::max<double>(1, static_cast<double>(found.size.largest))) + 2;
  const bool good = found.size.largest == exact && exact > 0 && after == before &&
                    static_cast<double>(found.size.probes.size()) <= bound;
  const auto line = found.size.bytes.value_or(BatchBytes{});
  fmt::print("{:<30} {:>10} {:>6} {:>8} {:>7} {:>6.1f} {:>6} {:>11} {:>11} {:>10} {:>10}  {}\n", each.name,
             format_bytes(budget), found.size.largest, exact, found.size.probes.size(), bound,
             found.size.fastest, format_bytes(static_cast<std::int64_t>(line.fixed)),
             format_bytes(static_cast<std::int64_t>(line.per_item)), format_bytes(before),
             format_bytes(after), good ? "exact" : "WRONG");
  std::fflush(stdout);
  return good;
}

int run() {
  const auto device = open_device("cpu");
  fmt::print("{} threads\n{:<30} {:>10} {:>6} {:>8} {:>7} {:>6} {:>6} {:>11} {:>11} {:>10} {:>10}\n",
             at::get_num_threads(), "case", "budget", "found", "counted", "probes", "bound", "knee", "a", "b",
             "before", "after");
  bool all = true;
  for (const Case& each : cases()) all &= run_case(*device, each);
  return all ? 0 : 1;
}

}  // namespace
}  // namespace clipmill

int main() { return clipmill::run(); }
