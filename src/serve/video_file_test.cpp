#include "serve/video_file.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace clipmill {
namespace {

TEST(VideoFile, RemembersWhatItIsARemixOf) {
  EXPECT_EQ(video_file("a", std::nullopt), "a.mp4");
  EXPECT_EQ(remix_source("/videos/a.mp4"), std::nullopt);
  EXPECT_EQ(remix_source("/videos/" + video_file("a", 12)), 12);
  EXPECT_EQ(remix_source("/videos/a.from-x.mp4"), std::nullopt);
}

RC_GTEST_PROP(VideoFileProperty, AnotherKeyIsAnotherNameThatAFileMayHave,
              (const std::string& one, const std::string& other)) {
  RC_ASSERT((one == other) == (name_of_key(one) == name_of_key(other)));
  RC_ASSERT(name_of_key(one).find_first_of("/.") == std::string::npos);
}

}  // namespace
}  // namespace clipmill
