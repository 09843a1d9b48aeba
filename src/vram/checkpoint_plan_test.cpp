#include "vram/checkpoint_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace clipmill {
namespace {

using ::testing::ElementsAre;

TEST(UsefulSegments, LeavesOutWhatOnlyAddsBoundaries) {
  EXPECT_THAT(useful_segments(16), ElementsAre(1, 2, 3, 4, 6, 8, 16));
  EXPECT_THAT(useful_segments(1), ElementsAre(1));
  EXPECT_THAT(useful_segments(5), ElementsAre(1, 2, 3, 5));
}

TEST(PredictedBytes, IsBoundariesAndTheLongestSegment) {
  const LayerBytes layer = {.inside = 100, .boundary = 7};
  EXPECT_EQ(predicted_bytes(layer, 16, 1), 7 + 1600);
  EXPECT_EQ(predicted_bytes(layer, 16, 5), 35 + 400);
}

TEST(ChooseSegments, StartsWhereThePredictionFitsAndChecksTheNextFaster) {
  const LayerBytes layer = {.inside = 100, .boundary = 10};
  const auto peak = [&](int k) { return 50 + predicted_bytes(layer, 16, k); };
  const SegmentChoice choice = choose_segments(layer, 16, 50, peak(4), peak);
  EXPECT_EQ(choice.segments, 4);
  EXPECT_TRUE(choice.fits);
  ASSERT_EQ(choice.measured.size(), 2u);
  EXPECT_EQ(choice.measured[1].segments, 3);
}

TEST(ChooseSegments, OutOfMemoryIsAnAnswerToo) {
  const LayerBytes layer = {.inside = 100, .boundary = 10};
  const auto peak = [&](int k) -> std::optional<std::int64_t> {
    if (k < 6) return std::nullopt;
    return predicted_bytes(layer, 16, k);
  };
  EXPECT_EQ(choose_segments(layer, 16, 0, 10000, peak).segments, 6);
  const SegmentChoice none = choose_segments(layer, 16, 0, 1, [](int) { return std::nullopt; });
  EXPECT_FALSE(none.fits);
}

/// Whatever was predicted, and however unlike the measured peaks are.
RC_GTEST_PROP(ChooseSegmentsProperty, TheAnswerIsMeasured, ()) {
  const int layers = *rc::gen::inRange(1, 40);
  const LayerBytes layer = {*rc::gen::inRange<std::int64_t>(0, 1000),
                            *rc::gen::inRange<std::int64_t>(0, 1000)};
  const auto noise = *rc::gen::container<std::vector<int>>(layers + 1, rc::gen::inRange(0, 300));
  const auto peak = [&](int k) { return predicted_bytes(layer, layers, k) + noise[k]; };
  const auto budget = *rc::gen::inRange<std::int64_t>(0, 20000);
  const SegmentChoice choice = choose_segments(layer, layers, 0, budget, peak);

  const std::vector<int> useful = useful_segments(layers);
  const auto lowest = [&](int a, int b) { return peak(a) < peak(b); };
  RC_ASSERT(choice.measured.size() <= useful.size());
  if (choice.fits) {
    RC_ASSERT(peak(choice.segments) <= budget);
    const auto here = std::find(useful.begin(), useful.end(), choice.segments);
    if (here != useful.begin()) RC_ASSERT(peak(*(here - 1)) > budget);
  } else {
    RC_ASSERT(std::none_of(useful.begin(), useful.end(), [&](int k) { return peak(k) <= budget; }));
    RC_ASSERT(peak(choice.segments) == peak(*std::min_element(useful.begin(), useful.end(), lowest)));
  }
}

/// A real chain: what is measured of one layer predicts the peak of all, and the choice keeps to the budget.
TEST(MeasureLayer, PredictsThePeakOfAChain) {
  const auto device = open_device("cpu");
  const at::Tensor w1 = at::randn({16, 64}).set_requires_grad(true),
                   w2 = at::randn({64, 16}).set_requires_grad(true);
  const Layer layer = [&](const at::Tensor& x) { return x + at::linear(at::gelu(at::linear(x, w2)), w1); };
  const at::Tensor x = at::randn({2048, 16});
  const LayerBytes bytes = measure_layer(*device, layer, x);
  EXPECT_NEAR(bytes.boundary, 2048 * 16 * 4 + 5056, 2000);
  EXPECT_NEAR(bytes.inside, 2048 * (16 + 64 + 64) * 4, 20000);

  const auto peak = [&](int segments) {
    const std::int64_t before = device->memory().current;
    device->reset_peak();
    const at::Tensor input = x.clone().set_requires_grad(true);
    const at::Tensor y = checkpoint_sequential(std::vector<Layer>(16, layer), segments, input);
    y.backward(at::ones_like(y));
    return device->memory().peak - before;
  };
  for (int segments = 1; segments <= 16; ++segments) {
    const auto predicted = static_cast<double>(bytes.working + predicted_bytes(bytes, 16, segments));
    EXPECT_NEAR(static_cast<double>(peak(segments)) / predicted, 1, 0.05) << segments;
  }
  const SegmentChoice choice = choose_segments(bytes, 16, bytes.working, peak(3) + 4096, peak);
  EXPECT_EQ(choice.segments, 3);
}

}  // namespace
}  // namespace clipmill
