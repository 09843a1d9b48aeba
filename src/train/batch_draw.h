// Which clips a step sees: the same for the same seed and step, so that a resumed run goes on as if it had
// never stopped.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "recipe/recipe.h"

namespace clipmill {

/// What a draw is for; each purpose has numbers of its own.
enum class Purpose : std::uint64_t { kVae = 2, kFlow = 5 };

/// A CPU generator for one step of one purpose.
at::Generator step_generator(std::uint64_t seed, Purpose purpose, std::int64_t step);

/// Uniform in [0, 1).
double uniform(at::Generator& generator);
/// Uniform in 0 … below − 1.
std::int64_t uniform_index(at::Generator& generator, std::int64_t below);

/// By weight; `u` in [0, 1).
std::size_t pick_bucket(const std::vector<Bucket>& buckets, double u);

/// Clips of `bucket` in a batch that costs what `batch` clips of `reference` do; at least 1, a multiple of
/// `parts`.
int clips_in_batch(int batch, const Bucket& bucket, const Bucket& reference, int parts);

}  // namespace clipmill
