// What decoding holds on its device beyond weights and latents, and what it takes: clips of several lengths,
// whole frames beside strips of them, the published VAE with random weights and the shipped model's.
// bench_decode_memory [ROWS COLUMNS [FRAMES...]]: of the latents, frames of the clip
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/units.h"
#include "checkpoint/model_folder.h"
#include "model/random_weights.h"
#include "model/vae/vae.h"
#include "vram/device.h"

namespace clipmill {
namespace {

struct Decoded {
  at::Tensor bytes;  ///< of all pixels
  std::int64_t peak = 0;
  double seconds = 0;
};

Decoded decode(const Vae& vae, const at::Tensor& latents, int strips, Device& device) {
  using Clock = std::chrono::steady_clock;
  std::vector<at::Tensor> chunks;
  Clock::duration outside{};
  const std::int64_t before = device.memory().current;
  std::int64_t kept = 0;  // of the finished pixels, which are not decoding's
  Decoded result;
  device.reset_peak();
  const auto start = Clock::now();
  vae.decode(latents,
             [&](const at::Tensor& frames) {
               const auto stop = Clock::now();
               result.peak = std::max(result.peak, device.memory().peak - before - kept);
               chunks.push_back(((frames + 1) * 127.5).round().to(at::kByte));
               kept += static_cast<std::int64_t>(chunks.back().nbytes());
               device.reset_peak();
               outside += Clock::now() - stop;
             },
             {.strips = strips});
  result.seconds = std::chrono::duration<double>(Clock::now() - start - outside).count();
  result.bytes = at::cat(chunks, 2);
  return result;
}

void print_rows(const char* name, const Vae& vae, int z_dim, std::int64_t rows, std::int64_t columns,
                const std::vector<int>& frames, Device& device) {
  for (const int count : frames) {
    at::manual_seed(1);
    const at::Tensor latents = at::randn({1, z_dim, (count - 1) / 4 + 1, rows, columns});
    Decoded whole;
    for (const int strips : {1, 2, 4, 8}) {
      const Decoded now = decode(vae, latents, strips, device);
      if (strips == 1) whole = now;
      const at::Tensor difference = (now.bytes.to(at::kInt) - whole.bytes.to(at::kInt)).abs();
      fmt::print("{:<10}{:>6} x{:>4}{:>7}{:>8}{:>12}{:>9.3f}{:>9.2f}{:>9.2f}{:>12}{:>12}\n", name,
                 now.bytes.size(4), now.bytes.size(3), count, strips, format_bytes(now.peak),
                 static_cast<double>(now.peak) / static_cast<double>(whole.peak), now.seconds,
                 now.seconds / whole.seconds, difference.max().item<int>(),
                 difference.count_nonzero().item<std::int64_t>());
      std::fflush(stdout);
    }
  }
}

int run(std::int64_t rows, std::int64_t columns, const std::vector<int>& frames) {
  const c10::NoGradGuard no_grad;
  const auto device = open_device("cpu");
  fmt::print("{}\n\n{:<10}{:>12}{:>7}{:>8}{:>12}{:>9}{:>9}{:>9}{:>12}{:>12}\n", device->description(), "VAE",
             "size", "frames", "strips", "peak", "of whole", "seconds", "of whole", "max byte", "bytes off");
  {
    const auto folder = ModelFolder::open(CLIPMILL_SOURCE_DIR "/models/shapes");
    const VaeConfig& config = folder.vae_config();
    const Vae vae(config, folder.vae(), at::kCPU, Vae::Parts::kDecoder);
    print_rows("shipped", vae, config.z_dim, rows, columns, frames, *device);
  }
  VaeConfig config;
  config.latents_mean.assign(config.z_dim, 0);
  config.latents_std.assign(config.z_dim, 1);
  const auto weights =
      std::make_shared<RandomWeights>(vae_layout(config), [](std::string_view) { return at::kFloat; });
  const Vae vae(config, Weights(weights), at::kCPU, Vae::Parts::kDecoder);
  print_rows("published", vae, config.z_dim, rows, columns, frames, *device);
  return 0;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  const std::int64_t rows = argc > 2 ? std::atoi(argv[1]) : 16, columns = argc > 2 ? std::atoi(argv[2]) : 16;
  std::vector<int> frames;
  for (int i = 3; i < argc; ++i) frames.push_back(std::atoi(argv[i]));
  if (frames.empty()) frames = {5, 17, 33, 81};
  return clipmill::run(rows, columns, frames);
}
