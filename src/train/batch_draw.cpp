#include "train/batch_draw.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>

#include "base/split_mix.h"

namespace clipmill {
namespace {

double pixels(const Bucket& b) { return static_cast<double>(b.width) * b.height * b.frames; }

}  // namespace

at::Generator step_generator(std::uint64_t seed, Purpose purpose, std::int64_t step) {
  const auto mixed = split_mix(split_mix(split_mix(seed) ^ static_cast<std::uint64_t>(purpose)) ^
                               static_cast<std::uint64_t>(step));
  return at::make_generator<at::CPUGeneratorImpl>(mixed);
}

double uniform(at::Generator& generator) {
  return at::rand({1}, generator, at::TensorOptions(at::kDouble)).item<double>();
}

std::int64_t uniform_index(at::Generator& generator, std::int64_t below) {
  return at::randint(below, {1}, generator, at::TensorOptions(at::kLong)).item<std::int64_t>();
}

std::size_t pick_bucket(const std::vector<Bucket>& buckets, double u) {
  double total = 0;
  for (const Bucket& bucket : buckets) total += bucket.weight;
  double left = u * total;
  for (std::size_t i = 0; i + 1 < buckets.size(); ++i) {
    left -= buckets[i].weight;
    if (left < 0) return i;
  }
  return buckets.size() - 1;
}

int clips_in_batch(int batch, const Bucket& bucket, const Bucket& reference, int parts) {
  const double clips = batch * pixels(reference) / pixels(bucket) / parts;
  return std::max(1, static_cast<int>(std::lround(clips))) * parts;
}

}  // namespace clipmill
