// A denoising step of n clips of one shape, as one batch beside one clip after the other: whether clips are
// worth batching on this machine, and whether they stay the same. bench_clip_batch [PASSES [THREADS]]
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "checkpoint/model_folder.h"
#include "model/transformer.h"
#include "timing.h"

namespace clipmill {
namespace {

constexpr int kPasses = 15, kThreads = 2;

/// Both prompts of a clip, or of several, as one batch: what a worker does with a small clip.
struct Clips {
  at::Tensor latents, timestep;
  TextContext text;

  Clips(const Transformer& model, const at::Tensor& noise, const at::Tensor& embeds)
      : latents(noise.repeat({2, 1, 1, 1, 1})),
        timestep(at::full({latents.size(0)}, 500.0f)),
        text(model.text_context(embeds)) {}
};

double seconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(const Transformer& model, const TransformerConfig& config, int n, int frames, int side,
             int passes) {
  const at::Tensor noise = at::randn({n, config.in_channels, (frames - 1) / 4 + 1, side / 8, side / 8});
  const at::Tensor prompts = at::constant_pad_nd(at::randn({n, 12, config.text_dim}), {0, 0, 0, 52});
  const at::Tensor empty = at::constant_pad_nd(at::randn({1, 1, config.text_dim}), {0, 0, 0, 63});
  const Rope rope = model.rope(noise.narrow(0, 0, 1));
  const Clips together(model, noise, at::cat({prompts, empty.expand_as(prompts)}));
  std::vector<Clips> apart;
  for (int i = 0; i < n; ++i)
    apart.emplace_back(model, noise.narrow(0, i, 1), at::cat({prompts.narrow(0, i, 1), empty}));
  at::Tensor batch, last;
  std::vector<double> one_by_one, as_batch;
  for (int pass = 0; pass <= passes; ++pass) {  // the first warms up
    const double a = seconds_of([&] {
      for (const Clips& clip : apart) last = model(clip.latents, clip.timestep, clip.text, rope);
    });
    const double b =
        seconds_of([&] { batch = model(together.latents, together.timestep, together.text, rope); });
    if (pass > 0) one_by_one.push_back(a), as_batch.push_back(b);
  }
  const std::vector<double> gain = ratios(one_by_one, as_batch);
  const double apart_by = (batch[n - 1] - last[0]).abs().max().item<double>();
  fmt::print(
      "  {:>2} clips of {}x{}, {} frames {:>9.1f} ms {:>9.1f} ms {:>7.2f} x ({:.2f}-{:.2f}) {:>10.1e}\n", n,
      side, side, frames, 1e3 * quantile(one_by_one, 0.5), 1e3 * quantile(as_batch, 0.5), quantile(gain, 0.5),
      quantile(gain, 0.25), quantile(gain, 0.75), apart_by);
}

int run(int passes, int threads) {
  const c10::NoGradGuard no_grad;
  at::set_num_threads(threads);
  const ModelFolder folder = ModelFolder::open(CLIPMILL_SOURCE_DIR "/models/shapes");
  const auto source = TensorSource::open(folder.path() / "transformer", "diffusion_pytorch_model");
  const Transformer model(folder.transformer_config(), source, at::kFloat, at::kCPU);
  fmt::print("a step of the shipped model, {} threads, {} passes in turn\n  {:<26}{:>12}{:>13}{:>10}{:>25}\n",
             threads, passes, "", "one by one", "a batch", "gain", "largest difference");
  for (const auto& [side, frames] : {std::pair(32, 5), std::pair(64, 17), std::pair(96, 33)}) {
    for (const int n : {2, 4, 8}) measure(model, folder.transformer_config(), n, frames, side, passes);
  }
  return 0;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  return clipmill::run(argc > 1 ? std::atoi(argv[1]) : clipmill::kPasses,
                       argc > 2 ? std::atoi(argv[2]) : clipmill::kThreads);
}
