#include "train/shapes_dataset.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "base/error.h"
#include "shapes/classify.h"
#include "shapes/subject.h"

namespace clipmill {
namespace {

const Bucket kNative{};

bool same(const TrainingClip& one, const TrainingClip& other) {
  return one.caption == other.caption && at::equal(one.pixels, other.pixels);
}

TEST(ShapesDataset, GivesClipsOfTheBucketsSize) {
  const ShapesDataset dataset(10, 1);
  EXPECT_EQ(dataset.size(), 10);
  const TrainingClip clip = dataset.clip(3, {.width = 96, .height = 64, .frames = 9});
  EXPECT_EQ(clip.pixels.sizes(), (at::IntArrayRef{9, 64, 96, 3}));
  EXPECT_EQ(clip.pixels.scalar_type(), at::kByte);
  EXPECT_THROW(ShapesDataset(0, 1), Error);
}

RC_GTEST_PROP(ShapesDataset, IsTheSameForTheSameArguments, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto index = *rc::gen::inRange<std::int64_t>(0, 1 << 20);
  const ShapesDataset one(1 << 20, seed), other(1 << 20, seed);
  RC_ASSERT(same(one.clip(index, kNative), other.clip(index, kNative)));
  RC_ASSERT(same(one.varied_clip(index, kNative), other.varied_clip(index, kNative)));
}

TEST(ShapesDataset, DiffersByIndexSeedAndPurpose) {
  const ShapesDataset one(1000, 1), other(1000, 2);
  EXPECT_FALSE(same(one.clip(0, kNative), one.clip(276, kNative)));
  EXPECT_FALSE(at::equal(one.clip(5, kNative).pixels, other.clip(5, kNative).pixels));
  EXPECT_FALSE(at::equal(one.clip(0, kNative).pixels, one.varied_clip(0, kNative).pixels));
  EXPECT_FALSE(at::equal(one.varied_clip(1, kNative).pixels, one.varied_clip(3, kNative).pixels));
}

TEST(ShapesDataset, ShowsEveryTrainedCaptionOnceARoundAndNoOther) {
  const ShapesDataset dataset(2 * 276, 7);
  const auto captions = dataset.captions();
  EXPECT_EQ(captions.size(), 276u);  // 324 less 16 combinations on 3 backgrounds
  std::map<std::string, int> seen;
  const Bucket tiny{.width = 8, .height = 8, .frames = 1};
  for (std::int64_t i = 0; i < dataset.size(); ++i) ++seen[dataset.clip(i, tiny).caption];
  EXPECT_EQ(seen.size(), captions.size());
  for (const std::string& caption : captions) EXPECT_EQ(seen[caption], 2) << caption;
}

TEST(ShapesDataset, ShowsWhatTheCaptionSays) {
  const ShapesDataset dataset(100, 3);
  for (std::int64_t i = 0; i < 100; ++i) {
    const TrainingClip clip = i % 2 == 0 ? dataset.clip(i, kNative) : dataset.varied_clip(2 * i, kNative);
    const auto subject = shapes::subject_of(clip.caption);
    ASSERT_TRUE(subject) << clip.caption;
    const std::span<const std::uint8_t> bytes(clip.pixels.const_data_ptr<std::uint8_t>(),
                                              static_cast<std::size_t>(clip.pixels.numel()));
    EXPECT_TRUE(shapes::match(shapes::classify(bytes, 17, 64, 64), *subject).all()) << clip.caption;
  }
}

TEST(ShapesDataset, HalfOfTheVariedClipsAreOfAnyColour) {
  const ShapesDataset dataset(10, 3);
  std::set<int> reds;
  for (std::int64_t i = 0; i < 200; ++i) {
    const TrainingClip clip = dataset.varied_clip(i, {.width = 16, .height = 16, .frames = 1});
    EXPECT_EQ(clip.caption.empty(), i % 2 == 1);
    reds.insert(clip.pixels[0][0][0][0].item<int>());
  }
  EXPECT_GT(reds.size(), 20u);  // the world itself has three backgrounds
}

}  // namespace
}  // namespace clipmill
