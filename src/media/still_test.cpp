#include "media/still.h"

#include "media/test_support.h"

namespace clipmill {
namespace {

Frame gradient(int width, int height) {
  Frame frame(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      std::uint8_t* at = frame.row(y) + x * 3;
      at[0] = static_cast<std::uint8_t>(x * 255 / width);
      at[1] = static_cast<std::uint8_t>(y * 255 / height);
      at[2] = 40;
    }
  }
  return frame;
}

TEST(Still, PngKeepsEveryByte) {
  TemporaryFolder folder;
  for (const auto& [width, height] : {std::pair{64, 48}, {1, 1}, {37, 53}}) {
    const Frame frame = gradient(width, height);
    write_png(folder / "still.png", frame);
    EXPECT_EQ(output_of("ffmpeg -v error -i '" + (folder / "still.png").string() +
                        "' -f rawvideo -pix_fmt rgb24 -"),
              std::string(frame.rgb.begin(), frame.rgb.end()));
  }
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(Still, JpegKeepsColours) {
  TemporaryFolder folder;
  for (const Rgb colour : {Rgb{255, 0, 0}, Rgb{0, 255, 0}, Rgb{20, 40, 250}, Rgb{255, 255, 255}}) {
    write_jpeg(folder / "still.jpg", solid(64, 64, colour), 95);
    const auto frames = frames_of(folder / "still.jpg");
    ASSERT_EQ(frames.size(), 1u);
    expect_colour(frames[0], 32, 32, colour);
  }
}

TEST(Still, JpegQualityChoosesTheSize) {
  TemporaryFolder folder;
  write_jpeg(folder / "low.jpg", gradient(256, 256), 1);
  write_jpeg(folder / "high.jpg", gradient(256, 256), 100);
  EXPECT_LT(std::filesystem::file_size(folder / "low.jpg"), std::filesystem::file_size(folder / "high.jpg"));
}

TEST(Still, AnUnwritablePathIsAnIoErrorThatNamesIt) {
  TemporaryFolder folder;
  write_file(folder / "file", "");
  const auto [kind, message] = failure_of([&] { write_png(folder / "file/still.png", Frame(8, 8)); });
  EXPECT_EQ(kind, ErrorKind::kIo);
  EXPECT_NE(message.find("still.png"), std::string::npos);
}

TEST(Still, ScalingKeepsColoursAndPlaces) {
  Frame frame = solid(64, 64, {200, 30, 60});
  paste(frame, solid(32, 64, {20, 180, 90}), 32, 0);
  const Frame large = scaled(frame, 200, 100);
  ASSERT_EQ(large.width, 200);
  ASSERT_EQ(large.height, 100);
  expect_colour(large, 50, 50, {200, 30, 60}, 3);
  expect_colour(large, 150, 50, {20, 180, 90}, 3);
}

TEST(Still, FittingPutsBarsAroundTheWholePicture) {
  const Frame frame = fitted(solid(64, 32, {255, 255, 255}), 40, 40);
  expect_colour(frame, 20, 5, {0, 0, 0}, 1);
  expect_colour(frame, 1, 20, {255, 255, 255}, 1);
  expect_colour(frame, 20, 35, {0, 0, 0}, 1);
}

}  // namespace
}  // namespace clipmill
