#include "media/video_reader.h"

#include <gmock/gmock.h>

#include "media/test_support.h"

namespace clipmill {
namespace {

using testing::HasSubstr;

TEST(VideoReader, TellsSizeRateAndTags) {
  TemporaryFolder folder;
  make_clip(folder / "clip.mp4", {.width = 96, .height = 64, .fps = 24}, 9,
            {{"prompt", "文字"}, {"AIGC", "{}"}});
  VideoReader reader(folder / "clip.mp4");
  EXPECT_EQ(reader.width(), 96);
  EXPECT_EQ(reader.height(), 64);
  EXPECT_DOUBLE_EQ(reader.fps(), 24);
  EXPECT_EQ(reader.metadata().at("prompt"), "文字");
  EXPECT_EQ(reader.metadata().at("AIGC"), "{}");
}

TEST(VideoReader, AMissingFileIsAnIoError) {
  const auto [kind, message] = failure_of([] { VideoReader("/nowhere/clip.mp4"); });
  EXPECT_EQ(kind, ErrorKind::kIo);
  EXPECT_THAT(message, HasSubstr("/nowhere/clip.mp4"));
}

TEST(VideoReader, SomethingElseIsAnInputError) {
  TemporaryFolder folder;
  write_file(folder / "clip.mp4", "this is not a video at all");
  const auto [kind, message] = failure_of([&] { VideoReader(folder / "clip.mp4"); });
  EXPECT_EQ(kind, ErrorKind::kInput);
  EXPECT_THAT(message, HasSubstr("clip.mp4"));
}

}  // namespace
}  // namespace clipmill
