#include "cost/estimate_review.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

Measurement reviewed(int frames, double seconds, std::int64_t peak) {
  return {{"a", "cpu:0", "fp32", Stage::kDecode},
          {64, 64, frames, 1, false},
          {double(frames), double(frames)},
          seconds,
          peak};
}

TEST(EstimateReview, JudgesPredictionsMadeBeforeTheMeasurement) {
  // The first teaches 1 s and 10 bytes a frame; the second takes twice that long, the third is as the first.
  const std::vector measured = {reviewed(5, 5, 50), reviewed(9, 18, 200), reviewed(5, 5, 50)};
  const auto rows = review_estimates(measured);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].shape.frames, 5);
  EXPECT_EQ(rows[0].measurements, 2u);
  EXPECT_EQ(rows[0].ahead, 1u);
  EXPECT_EQ(rows[1].ahead, 1u);
  EXPECT_DOUBLE_EQ(rows[1].error_ahead, 0.5);
  EXPECT_EQ(rows[1].over, 1u) << "99 were reserved, 10 a frame and a tenth";
  EXPECT_EQ(rows[1].measured_peak, 200);
  EXPECT_GE(rows[1].predicted.reservation, 200);
}

TEST(EstimateReview, NothingMeasuredGivesNothing) { EXPECT_TRUE(review_estimates({}).empty()); }

}  // namespace
}  // namespace clipmill
