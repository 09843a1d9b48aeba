// What activation checkpointing saves and costs: a stack of transformer blocks in 1 … n segments, the
// measured peak beside the predicted one. bench_checkpointing [LAYERS [CSV]]. Fails when a peak is more than
// 5 % off.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/units.h"
#include "vram/activation_checkpoint.h"
#include "vram/checkpoint_plan.h"
#include "vram/device.h"

namespace clipmill {
namespace {

constexpr std::int64_t kBatch = 2, kTokens = 256, kWidth = 128, kHeads = 4;
constexpr double kTolerance = 0.05;

at::Tensor weight(std::int64_t out, std::int64_t in) {
  return (at::randn({out, in}) / std::sqrt(static_cast<double>(in))).set_requires_grad(true);
}

/// x + attention(norm(x)), then x + mlp(norm(x)); tensors are [batch, tokens, width].
Layer transformer_block() {
  const at::Tensor qkv = weight(3 * kWidth, kWidth), out = weight(kWidth, kWidth);
  const at::Tensor up = weight(4 * kWidth, kWidth), down = weight(kWidth, 4 * kWidth);
  return [=](const at::Tensor& x) {
    const auto heads = at::linear(at::layer_norm(x, {kWidth}), qkv)
                           .view({kBatch, kTokens, 3, kHeads, kWidth / kHeads})
                           .permute({2, 0, 3, 1, 4})
                           .unbind(0);
    const at::Tensor mixed = at::scaled_dot_product_attention(heads[0], heads[1], heads[2]);
    const at::Tensor h = x + at::linear(mixed.transpose(1, 2).reshape(x.sizes()), out);
    return h + at::linear(at::gelu(at::linear(at::layer_norm(h, {kWidth}), up)), down);
  };
}

struct Row {
  int segments;
  std::int64_t peak;  ///< bytes above what is held before the step: weights, their gradients, the input
  double seconds;
};

class Stack {
 public:
  explicit Stack(int layers) : device_(open_device("cpu")) {
    for (int i = 0; i < layers; ++i) layers_.push_back(transformer_block());
    step(layers);  // gradients exist from here on
  }

  int size() const { return static_cast<int>(layers_.size()); }
  LayerBytes one_layer() { return measure_layer(*device_, layers_.front(), input_); }

  /// The quicker of two steps.
  Row measure(int segments) {
    const std::int64_t before = device_->memory().current;
    device_->reset_peak();
    const double seconds = std::min(step(segments), step(segments));
    return {segments, device_->memory().peak - before, seconds};
  }

 private:
  double step(int segments) {
    const auto start = std::chrono::steady_clock::now();
    const at::Tensor y = checkpoint_sequential(layers_, segments, input_);
    y.backward(at::ones_like(y));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  std::unique_ptr<Device> device_;
  std::vector<Layer> layers_;
  at::Tensor input_ = at::randn({kBatch, kTokens, kWidth});
};

double off(std::int64_t measured, std::int64_t predicted) {
  return static_cast<double>(measured) / static_cast<double>(predicted) - 1;
}

/// One row of the table; whether the prediction holds.
bool print_row(const Row& row, const Row& plain, const LayerBytes& layer, int layers, std::ostream& csv) {
  const std::int64_t formula = predicted_bytes(layer, layers, row.segments);
  const std::int64_t predicted = formula + layer.working;
  const double saved = -off(row.peak, plain.peak), guide = 1 - 1 / std::sqrt(layers);
  const double ratio = row.seconds / plain.seconds;
  fmt::print("{:>8} {:>12} {:>14} {:>+7.1f} % {:>14} {:>+7.1f} % {:>7.1f} % {:>7.1f} % {:>7.2f}\n",
             row.segments, format_bytes(row.peak), format_bytes(predicted), 100 * off(row.peak, predicted),
             format_bytes(formula), 100 * off(row.peak, formula), 100 * saved, 100 * guide, ratio);
  csv << fmt::format("{},{},{},{},{:.4f},{:.4f},{:.3f}\n", row.segments, row.peak, predicted, formula, saved,
                     guide, ratio);
  return std::abs(off(row.peak, predicted)) <= kTolerance;
}

bool print_table(Stack& stack, const LayerBytes& layer, const Row& plain, std::ostream& csv) {
  fmt::print("{:>8} {:>12} {:>14} {:>9} {:>14} {:>9} {:>9} {:>9} {:>7}\n", "segments", "peak", "kb+(n/k)a+w",
             "off", "kb+(n/k)a", "off", "saved", "1-1/√n", "time");
  csv << "segments,peak,predicted,formula,saved,guide,time_ratio\n";
  bool holds = true;
  for (int segments = 1; segments <= stack.size(); ++segments) {
    const Row row = segments == 1 ? plain : stack.measure(segments);
    holds &= print_row(row, plain, layer, stack.size(), csv);
  }
  return holds;
}

void print_auto(Stack& stack, const LayerBytes& layer, const Row& plain) {
  const auto peak = [&](int segments) { return std::optional(stack.measure(segments).peak); };
  for (const int percent : {0, 75, 50, 35, 25}) {
    const std::int64_t budget = plain.peak * percent / 100;
    const SegmentChoice choice = choose_segments(layer, stack.size(), layer.working, budget, peak);
    const Row row = stack.measure(choice.segments);
    fmt::print("auto, budget {:>10}: {:>2} segments, {:>10}, {}, time {:.2f}, {} measured\n",
               percent ? format_bytes(budget) : "none", choice.segments, format_bytes(row.peak),
               choice.fits ? "fits" : "lowest peak", row.seconds / plain.seconds, choice.measured.size());
  }
}

int run(int layers, const char* csv_path) {
  at::manual_seed(1);
  Stack stack(layers);
  const LayerBytes layer = stack.one_layer();
  fmt::print("{} blocks of attention and MLP, input [{}, {}, {}] fp32\n", layers, kBatch, kTokens, kWidth);
  fmt::print("measured of one block: inside a = {}, boundary b = {}, working memory w = {}\n\n",
             format_bytes(layer.inside), format_bytes(layer.boundary), format_bytes(layer.working));
  const Row plain = stack.measure(1);
  std::ofstream csv;
  if (csv_path) csv.open(csv_path);
  const bool holds = print_table(stack, layer, plain, csv);
  fmt::print("\n");
  print_auto(stack, layer, plain);
  return holds ? 0 : 1;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  const int layers = argc > 1 ? std::atoi(argv[1]) : 16;
  if (layers < 1) {
    std::fprintf(stderr, "usage: bench_checkpointing [LAYERS [CSV]]\n");
    return 2;
  }
  return clipmill::run(layers, argc > 2 ? argv[2] : nullptr);
}
