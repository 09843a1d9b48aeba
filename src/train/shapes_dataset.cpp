#include "train/shapes_dataset.h"

#include <cstring>

#include "base/error.h"
#include "base/split_mix.h"
#include "shapes/scene.h"
#include "shapes/subject.h"
#include "shapes/uniform.h"

namespace clipmill {
namespace {

/// What a generator is for: the same index draws other numbers for each.
enum class Stream : std::uint64_t { kOrder, kClip, kVaried };

shapes::Rng generator(std::uint64_t seed, Stream purpose, std::int64_t index) {
  const std::uint64_t stream = split_mix(seed) + static_cast<std::uint64_t>(purpose);
  return shapes::Rng(split_mix(split_mix(stream) + static_cast<std::uint64_t>(index)));
}

std::vector<shapes::Subject> trained_subjects() {
  std::vector<shapes::Subject> subjects;
  for (const shapes::Subject& subject : shapes::all_subjects()) {
    if (!shapes::held_out(subject)) subjects.push_back(subject);
  }
  return subjects;
}

/// Round by round through a shuffled deck: balanced, yet without a period that could follow the buckets.
shapes::Subject subject_at(std::int64_t index, std::uint64_t seed) {
  auto deck = trained_subjects();
  const auto count = static_cast<std::int64_t>(deck.size());
  shapes::Rng rng = generator(seed, Stream::kOrder, index / count);
  for (std::size_t i = deck.size(); i > 1; --i) {
    std::swap(deck[i - 1], deck[static_cast<std::size_t>(shapes::uniform_below(rng, static_cast<int>(i)))]);
  }
  return deck[static_cast<std::size_t>(index % count)];
}

at::Tensor drawn(const shapes::Scene& scene, const Bucket& bucket) {
  const auto bytes = shapes::draw_clip(scene, bucket.width, bucket.height, bucket.frames);
  at::Tensor pixels = at::empty({bucket.frames, bucket.height, bucket.width, 3}, at::kByte);
  std::memcpy(pixels.mutable_data_ptr(), bytes.data(), bytes.size());
  return pixels;
}

TrainingClip world_clip(const shapes::Subject& subject, const Bucket& bucket, shapes::Rng rng) {
  return {drawn(shapes::random_scene(subject, bucket.width, bucket.height, rng), bucket), caption(subject)};
}

}  // namespace

ShapesDataset::ShapesDataset(std::int64_t clips, std::uint64_t seed) : clips_(clips), seed_(seed) {
  if (clips < 1) throw input_error("data.clips must be at least 1, not {}", clips);
}

TrainingClip ShapesDataset::clip(std::int64_t index, const Bucket& bucket) const {
  return world_clip(subject_at(index, seed_), bucket, generator(seed_, Stream::kClip, index));
}

TrainingClip ShapesDataset::varied_clip(std::int64_t index, const Bucket& bucket) const {
  shapes::Rng rng = generator(seed_, Stream::kVaried, index);
  if (index % 2 == 0) return world_clip(subject_at(index / 2, seed_), bucket, rng);
  return {drawn(shapes::free_scene(bucket.width, bucket.height, rng), bucket), {}};
}

std::vector<std::string> ShapesDataset::captions() const {
  std::vector<std::string> captions;
  for (const shapes::Subject& subject : trained_subjects()) captions.push_back(caption(subject));
  return captions;
}

}  // namespace clipmill
