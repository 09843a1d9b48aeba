// One decode, timed, for decode_speed.py: bench_decode_speed FOLDER THREADS STRIPS
// Reads FOLDER's VAE and latents.safetensors, writes frames.safetensors, prints seconds, the allocator's peak
// and by how much the process grew, both in bytes above what was there before.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>

#include "base/error.h"
#include "model/tensor_io.h"
#include "model/vae/vae.h"
#include "vram/device.h"

namespace clipmill {
namespace {

/// Of this process, in bytes: VmRSS or VmHWM.
std::int64_t resident(std::string_view field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field)) return std::stoll(line.substr(field.size() + 1)) * 1024;
  return 0;
}

void reset_resident_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

int run(const std::filesystem::path& folder, int threads, int strips) {
  const c10::NoGradGuard no_grad;
  at::set_num_threads(threads);
  const auto device = open_device("cpu");
  const TensorSource source = TensorSource::open(folder, "diffusion_pytorch_model");
  const Vae vae(VaeConfig::read(folder / "config.json"), source, at::kCPU, Vae::Parts::kDecoder);
  const at::Tensor latents = load_tensor(folder / "latents.safetensors", "latents");
  std::vector<at::Tensor> chunks;
  const std::int64_t before = device->memory().current, resident_before = resident("VmRSS");
  device->reset_peak();
  reset_resident_peak();
  const auto start = std::chrono::steady_clock::now();
  vae.decode(latents, [&](const at::Tensor& frames) { chunks.push_back(frames); }, {.strips = strips});
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  fmt::print("{:.4f} {} {}\n", seconds.count(), device->memory().peak - before,
             resident("VmHWM") - resident_before);
  save_tensors(folder / "frames.safetensors", {{"frames", at::cat(chunks, 2)}});
  return 0;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_decode_speed FOLDER THREADS STRIPS\n");
    return 2;
  }
  return clipmill::run(argv[1], std::atoi(argv[2]), std::atoi(argv[3]));
}
