#include "train/encode_clips.h"

#include <c10/core/GradMode.h>

#include <unordered_map>

#include "train/pixels_to_floats.h"

namespace clipmill {
namespace {

/// Numbers captions; each once.
class CaptionIndex {
 public:
  explicit CaptionIndex(std::vector<std::string>& captions) : captions_(captions) {
    for (std::size_t i = 0; i < captions.size(); ++i) index_.emplace(captions[i], i);
  }
  std::int64_t of(const std::string& caption) {
    const auto [found, added] = index_.try_emplace(caption, captions_.size());
    if (added) captions_.push_back(caption);
    return static_cast<std::int64_t>(found->second);
  }

 private:
  std::vector<std::string>& captions_;
  std::unordered_map<std::string, std::size_t> index_;
};

at::Tensor latent_of(const at::Tensor& clip, const Vae& vae) {
  return vae.moments(to_floats(clip.unsqueeze(0)).to(vae.device())).mean.contiguous().cpu();
}

}  // namespace

LatentSet encode_clips(const Dataset& data, const std::vector<BucketClips>& buckets, const Vae& vae,
                       const std::function<void(int done)>& progress) {
  const c10::NoGradGuard no_grad;
  LatentSet set{{}, data.captions()};
  CaptionIndex captions(set.captions);
  int done = 0;
  for (const BucketClips& wanted : buckets) {
    std::vector<at::Tensor> latents;
    LatentBucket bucket{wanted.bucket, {}, {}};
    for (std::int64_t i = 0; i < wanted.count; ++i) {
      const TrainingClip clip = data.clip((wanted.first + i) % data.size(), wanted.bucket);
      latents.push_back(latent_of(clip.pixels, vae));
      bucket.captions.push_back(captions.of(clip.caption));
      progress(++done);
    }
    bucket.latents = at::cat(latents);
    set.buckets.push_back(std::move(bucket));
  }
  return set;
}

}  // namespace clipmill
