// The clips of a dataset as latents.
#pragma once

#include <functional>

#include "model/vae/vae.h"
#include "train/dataset.h"
#include "train/latent_set.h"

namespace clipmill {

/// How many clips of a bucket, and which is the first: a bucket takes them in turn.
struct BucketClips {
  Bucket bucket;
  std::int64_t first = 0, count = 0;
};

/// The mean of the latent distribution of each clip, in fp32 on the CPU. `progress(done)` is called after
/// each and may throw.
LatentSet encode_clips(const Dataset& data, const std::vector<BucketClips>& buckets, const Vae& vae,
                       const std::function<void(int done)>& progress);

}  // namespace clipmill
