// A pass of the transformer at the width of the published 1.3B (12 heads of 128, ffn 8960) with 2 layers of
// random weights, at 832x480 with 5 frames (3,120 tokens), beside Diffusers on the same weights, and beside
// its matrix products and attention alone. bench_transformer_speed [PASSES [PRECISION...]], 3 passes of fp32
// and bf16 unless said.
//
// CLIPMILL_DIFFUSERS_PYTHON names a Python with the packages of tests/parity/requirements.txt (see
// training_speed.cpp).
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/half_units.h"
#include "base/units.h"
#include "checkpoint/test_folder.h"
#include "model/large_product.h"
#include "model/random_weights.h"
#include "model/tensor_io.h"
#include "model/transformer.h"
#include "python_child.h"
#include "timing.h"
#include "vram/device.h"

namespace clipmill {
namespace {

constexpr int kThreads = 2, kDefaultPasses = 3;
constexpr std::int64_t kPromptTokens = 40, kTextTokens = 512;  // padded by zeros, as WanPipeline does
const TransformerConfig kConfig{.num_attention_heads = 12, .ffn_dim = 8960, .num_layers = 2};

struct Inputs {
  at::Tensor latents = at::randn({1, 16, 2, 60, 104});
  at::Tensor timestep = at::full({1}, 500.0f);
  at::Tensor embeds = at::constant_pad_nd(at::randn({1, kPromptTokens, kConfig.text_dim}),
                                          {0, 0, 0, kTextTokens - kPromptTokens});
};

void export_all(const RandomWeights& weights, const Inputs& inputs, const std::filesystem::path& folder) {
  save_tensors(folder / "transformer/diffusion_pytorch_model.safetensors",
               NamedTensors(weights.host().begin(), weights.host().end()));
  const nlohmann::json config = {{"_class_name", "WanTransformer3DModel"},
                                 {"num_attention_heads", kConfig.num_attention_heads},
                                 {"attention_head_dim", kConfig.attention_head_dim},
                                 {"ffn_dim", kConfig.ffn_dim},
                                 {"num_layers", kConfig.num_layers}};
  write_file(folder / "transformer/config.json", config.dump());
  save_tensors(folder / "inputs.safetensors",
               {{"latents", inputs.latents}, {"timestep", inputs.timestep}, {"embeds", inputs.embeds}});
  write_file(folder / "settings.json", nlohmann::json({{"threads", kThreads}}).dump());
}

struct Taken {
  double seconds = 0, processor = 0;
  double bytes = 0;  ///< at the peak, above what was there before
};

template <class Work>
Taken timed(Device& device, const Work& work) {
  const std::int64_t before = device.memory().current;
  device.reset_peak();
  const auto start = std::chrono::steady_clock::now();
  const double processor = processor_seconds();
  work();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  return {wall.count(), processor_seconds() - processor, static_cast<double>(device.memory().peak - before)};
}

/// The matrix products and attention of one pass and nothing else, by the fastest kernels there are.
class PureLimit {
 public:
  explicit PureLimit(at::ScalarType type) : type_(type) {}

  void operator()() const {
    for (int layer = 0; layer < kConfig.num_layers; ++layer) {
      for (int i = 0; i < 6; ++i) product(x_, square_);
      product(x_, in_);
      product(h_, out_);
      at::scaled_dot_product_attention(q_, q_, q_);
      at::scaled_dot_product_attention(q_, text_, text_);
    }
  }

 private:
  static at::Tensor product(const at::Tensor& x, const at::Tensor& weight) {
    return is_large_product(x, weight) ? large_linear(x, weight, {}) : at::linear(x, weight);
  }

  at::Tensor random(at::IntArrayRef shape) const { return at::randn(shape).to(type_); }

  static constexpr std::int64_t kTokens = 3120;
  const std::int64_t d_ = kConfig.inner_dim(), f_ = kConfig.ffn_dim, heads_ = kConfig.num_attention_heads;
  const at::ScalarType type_;
  at::Tensor x_ = random({kTokens, d_}), h_ = random({kTokens, f_});
  at::Tensor square_ = random({d_, d_}), in_ = random({f_, d_}), out_ = random({d_, f_});
  at::Tensor q_ = random({1, kTokens, heads_, d_ / heads_}).transpose(1, 2);
  at::Tensor text_ = random({1, kPromptTokens + 1, heads_, d_ / heads_}).transpose(1, 2);
};

struct Series {
  std::vector<double> seconds, processor;
  double bytes = 0;

  void add(const Taken& taken) {
    seconds.push_back(taken.seconds);
    processor.push_back(taken.processor);
    bytes = std::max(bytes, taken.bytes);
  }
};

void print_row(const char* name, const Series& series, const Series& ours) {
  const auto middle = [](const std::vector<double>& v) { return quantile(v, 0.5); };
  const std::vector<double> paired = ratios(series.seconds, ours.seconds);
  fmt::print("  {:<34}{:>8.2f} s ({:.2f}-{:.2f}){:>8.2f} cpu s{:>8.2f} x ({:.2f}-{:.2f})  {}\n", name,
             middle(series.seconds), quantile(series.seconds, 0), quantile(series.seconds, 1),
             middle(series.processor), middle(paired), quantile(paired, 0), quantile(paired, 1),
             series.bytes > 0 ? format_bytes(static_cast<std::int64_t>(series.bytes)) : "");
}

double relative_distance(const at::Tensor& a, const at::Tensor& b) {
  return ((a.to(at::kFloat) - b).norm() / b.norm()).item<double>();
}

void measure(const std::string& name, at::ScalarType type, const Inputs& inputs, int passes,
             PythonChild& python, const std::filesystem::path& folder) {
  const auto device = open_device("cpu");
  const auto source = TensorSource::open(folder / "transformer", "diffusion_pytorch_model");
  const Transformer model(kConfig, source, type, at::kCPU);
  const TextContext text = model.text_context(inputs.embeds);
  const Rope rope = model.rope(inputs.latents);
  const at::ScalarType limiting = has_half_units() ? type : at::kFloat;  // else half is computed wide
  const PureLimit limit(limiting);
  Series ours, theirs, pure;
  at::Tensor velocity;
  for (int pass = 0; pass <= passes; ++pass) {  // the first warms up
    const Taken our = timed(*device, [&] { velocity = model(inputs.latents, inputs.timestep, text, rope); });
    const Taken least = timed(*device, [&] { limit(); });
    Taken their;
    std::sscanf(python.ask(name).c_str(), "%lf %lf %lf", &their.seconds, &their.processor, &their.bytes);
    if (pass == 0) continue;
    ours.add(our), theirs.add(their), pure.add({least.seconds, least.processor, 0});
  }
  const at::Tensor reference = load_tensor(folder / (name + ".safetensors"), "velocity");
  fmt::print("{}, {} tokens, {} passes in turn, {} threads; outputs {:.1e} apart\n", name,
             rope.rotation().size(1), passes, kThreads, relative_distance(velocity, reference));
  print_row("clipmill", ours, ours);
  print_row("Diffusers", theirs, ours);
  print_row(
      limiting == at::kFloat ? "products and attention alone, fp32" : "products and attention alone, bf16",
      pure, ours);
}

int run(const char* python_path, int passes, const std::vector<std::string>& precisions) {
  const c10::NoGradGuard no_grad;
  at::set_num_threads(kThreads);
  const TestFolder folder;
  const Inputs inputs;
  export_all(RandomWeights(transformer_layout(kConfig), [](std::string_view) { return at::kFloat; }), inputs,
             folder.path());
  PythonChild python(python_path, "transformer_speed.py", folder.path());
  for (const std::string& name : precisions)
    measure(name, name == "fp32" ? at::kFloat : at::kBFloat16, inputs, passes, python, folder.path());
  return 0;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  const int passes = argc > 1 ? std::atoi(argv[1]) : clipmill::kDefaultPasses;
  const char* python = std::getenv("CLIPMILL_DIFFUSERS_PYTHON");
  if (passes < 1 || !python) {
    std::fprintf(stderr,
                 "usage: CLIPMILL_DIFFUSERS_PYTHON=PYTHON bench_transformer_speed [PASSES [fp32|bf16...]]\n");
    return 2;
  }
  std::vector<std::string> precisions(argv + std::min(argc, 2), argv + argc);
  if (precisions.empty()) precisions = {"fp32", "bf16"};
  return clipmill::run(python, passes, precisions);
}
