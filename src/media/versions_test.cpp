#include "media/versions.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

TEST(Versions, NamesTheLibrariesAndWhatTheyCanDo) {
  ASSERT_EQ(av_versions().size(), 5u);
  EXPECT_EQ(av_versions()[0].first, "libavcodec");
  EXPECT_GE(std::stoi(av_versions()[0].second), 58);
  EXPECT_TRUE(has_encoder("libx264"));
  EXPECT_FALSE(has_encoder("libx263"));
  EXPECT_TRUE(has_filter("drawtext"));
  EXPECT_FALSE(has_filter("drawtxt"));
}

}  // namespace
}  // namespace clipmill
