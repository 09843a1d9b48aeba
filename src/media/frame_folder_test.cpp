#include "media/frame_folder.h"

#include "media/test_support.h"

namespace clipmill {
namespace {

TEST(FrameFolder, NumbersFramesAndForgetsTheLongerClipBefore) {
  TemporaryFolder folder;
  FrameFolder first(folder / "frames");
  for (int i = 0; i < 3; ++i) first.write(solid(8, 8, {i, 0, 0}));
  first.finish();
  EXPECT_TRUE(std::filesystem::exists(folder / "frames/frame-0003.png"));
  FrameFolder second(folder / "frames");
  second.write(solid(8, 8, {0, 9, 0}));
  second.finish();
  EXPECT_TRUE(std::filesystem::exists(folder / "frames/frame-0001.png"));
  EXPECT_FALSE(std::filesystem::exists(folder / "frames/frame-0002.png"));
  EXPECT_FALSE(std::filesystem::exists(folder / "frames/frame-0003.png"));
}

TEST(FrameFolder, AFileInTheWayIsAnIoError) {
  TemporaryFolder folder;
  write_file(folder / "file", "");
  EXPECT_EQ(failure_of([&] { FrameFolder(folder / "file"); }).first, ErrorKind::kIo);
}

}  // namespace
}  // namespace clipmill
