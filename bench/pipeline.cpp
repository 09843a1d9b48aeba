// What overlapping stages gain, in simulation: equal and unequal clips, three to five stages, little and much
// room between them. bench_pipeline. (The same with real stages on disjoint cores is measured elsewhere.)
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <vector>

#include "simulate/draws.h"
#include "simulate/pipeline.h"

namespace clipmill {
namespace {

/// As of a clip: most of it denoising, then decoding, then what the processor does.
const std::vector<StageSeconds> kClips = {{60, 20, 10}, {30, 60, 20, 10}, {5, 60, 20, 8, 12}};

std::vector<StageSeconds> clips(const StageSeconds& one, int count, double sigma) {
  Draws draws(7);
  std::vector<StageSeconds> all(static_cast<std::size_t>(count), one);
  for (StageSeconds& clip : all) {
    for (double& seconds : clip) seconds *= std::exp(sigma * draws.normal());
  }
  return all;
}

void row(const StageSeconds& one, int count, double sigma, int buffer) {
  const std::vector<StageSeconds> all = clips(one, count, sigma);
  const double total = pipeline_seconds(all, buffer), alone = sequential_seconds(all);
  const double formula =
      std::accumulate(one.begin(), one.end(), 0.0) + (count - 1) * *std::ranges::max_element(one);
  fmt::print("{:>6}{:>7}{:>8.1f}{:>8}{:>12.1f}{:>14}{:>12.1f}{:>8.2f}\n", one.size(), count, sigma, buffer,
             total, sigma == 0 ? fmt::format("{:.1f}", formula) : "-", alone, alone / total);
}

}  // namespace
}  // namespace clipmill

int main() {
  fmt::print("{:>6}{:>7}{:>8}{:>8}{:>12}{:>14}{:>12}{:>8}\n", "stages", "clips", "sigma", "buffer", "total s",
             "fill + n max", "one by one", "gain");
  for (const auto& one : clipmill::kClips) {
    for (const double sigma : {0.0, 0.6}) {
      for (const int buffer : {0, 1, 4}) clipmill::row(one, 20, sigma, buffer);
    }
  }
}
