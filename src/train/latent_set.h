// The clips of a run as latents, encoded once: the transformer sees nothing else of them.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "recipe/recipe.h"

namespace clipmill {

/// Latents of one bucket, not yet normalised.
struct LatentBucket {
  Bucket bucket;
  at::Tensor latents;                  ///< [N, z, T, h, w] fp32
  std::vector<std::int64_t> captions;  ///< of each, an index into LatentSet::captions
};

struct LatentSet {
  std::vector<LatentBucket> buckets;
  std::vector<std::string> captions;  ///< each once

  struct Statistics {
    std::vector<double> mean, std;  ///< of each latent channel
  };
  /// Over all buckets; what `latents_mean` and `latents_std` of the VAE's configuration become.
  Statistics statistics() const;
};

/// `clips` latents of zeros, in the shape that `vae` gives to clips of `bucket`: for measuring. They take the
/// first `captions` captions in turn.
LatentBucket blank_latents(const Bucket& bucket, const VaeConfig& vae, std::int64_t clips,
                           std::int64_t captions);

/// (x − mean) / std of each channel, as the transformer sees latents. x: [N, z, T, h, w].
at::Tensor normalised(const at::Tensor& latents, const VaeConfig& vae);

/// One file, replaced as a whole. Throws Error(kIo).
void save_latents(const std::filesystem::path& file, const LatentSet& set);
/// Throws Error(kInput) on a damaged file.
LatentSet read_latents(const std::filesystem::path& file);

/// A cache of latents: `mark`, written after `file`, tells what they depend on.
void cache_latents(const std::filesystem::path& file, const std::filesystem::path& mark,
                   const std::string& fingerprint, const LatentSet& set);
/// Those of `file` if they are of `fingerprint`; nothing if they are not, or damaged: they can be made again.
std::optional<LatentSet> cached_latents(const std::filesystem::path& file, const std::filesystem::path& mark,
                                        const std::string& fingerprint);

}  // namespace clipmill
