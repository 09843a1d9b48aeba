#include "media/render.h"

#include <gmock/gmock.h>

#include "media/test_support.h"

namespace clipmill {
namespace {

using testing::HasSubstr;

RenderOptions with_filter(const std::string& filter) {
  RenderOptions options = small();
  options.filter = filter;
  return options;
}

// One picture of `frame` through the whole way: render, encode, decode.
Frame delivered(const RenderOptions& options, const Frame& frame) {
  TemporaryFolder folder;
  RenderGraph graph(options);
  Mp4Writer writer(folder / "clip.mp4",
                   {.fps = graph.fps(), .width = graph.size().width, .height = graph.size().height, .crf = 4},
                   {});
  graph.push(frame);
  graph.finish();
  while (const auto picture = graph.pull()) writer.write(*picture);
  writer.finish();
  return frames_of(folder / "clip.mp4").at(0);
}

std::size_t rendered(const RenderOptions& options, int count) {
  RenderGraph graph(options);
  std::size_t frames = 0;
  for (int i = 0; i < count; ++i) {
    graph.push(solid(options.width, options.height, {90, 90, 90}));
    while (graph.pull()) ++frames;
  }
  graph.finish();
  while (graph.pull()) ++frames;
  return frames;
}

TEST(RenderGraph, KeepsColours) {
  for (const Rgb colour : {Rgb{255, 0, 0}, Rgb{0, 255, 0}, Rgb{0, 0, 255}, Rgb{255, 255, 255}, Rgb{0, 0, 0},
                           Rgb{200, 120, 40}}) {
    expect_colour(delivered(small(), solid(64, 64, colour)), 32, 32, colour);
  }
}

TEST(RenderGraph, ARedSquareComesBackRedFromTheFfmpegProgram) {
  TemporaryFolder folder;
  make_clip(folder / "red.mp4", with_filter("drawbox=t=fill:c=red"), 3);
  const std::string bytes = output_of("ffmpeg -v error -i '" + (folder / "red.mp4").string() +
                                      "' -frames:v 1 -f rawvideo -pix_fmt rgb24 -");
  ASSERT_EQ(bytes.size(), 64u * 64 * 3);
  Frame frame(64, 64, {bytes.begin(), bytes.end()});
  expect_colour(frame, 32, 32, {255, 0, 0});
}

TEST(RenderGraph, PadsAnotherAspectRatioWithBlack) {
  RenderOptions options = small();
  options.output_width = 320;
  options.output_height = 180;
  const Frame frame = delivered(options, solid(64, 64, {0, 200, 0}));
  ASSERT_EQ(frame.width, 320);
  ASSERT_EQ(frame.height, 180);
  expect_colour(frame, 60, 90, {0, 0, 0});
  expect_colour(frame, 80, 90, {0, 200, 0});
  expect_colour(frame, 160, 2, {0, 200, 0});
  expect_colour(frame, 239, 90, {0, 200, 0});
  expect_colour(frame, 260, 90, {0, 0, 0});
}

// 480×832 in 1920×1080 would be 623 pixels wide, half of a pair of which shares its colour with the bar.
TEST(RenderGraph, BarsAreBlackBesideAPictureOfAnOddWidth) {
  const RenderOptions options{
      .width = 48, .height = 84, .fps = 16, .output_width = 192, .output_height = 108};
  const Frame frame = delivered(options, solid(48, 84, {0, 200, 0}));
  int first = 0, last = 191;
  const auto is_black = [&](int x) { return pixel(frame, x, 54)[1] < 24; };
  while (is_black(first)) ++first;
  while (is_black(last)) --last;
  EXPECT_NEAR(last - first + 1, 62, 1);
  expect_colour(frame, first + 4, 54, {0, 200, 0});
  expect_colour(frame, first - 4, 54, {0, 0, 0});
  expect_colour(frame, last - 4, 54, {0, 200, 0});
  expect_colour(frame, last + 4, 54, {0, 0, 0});
}

TEST(RenderGraph, RepeatsAndDropsFramesAndKeepsTheDuration) {
  for (const double fps : {8.0, 24.0, 30.0, 30000.0 / 1001, 60.0}) {
    RenderOptions options = small();
    options.output_fps = fps;
    EXPECT_NEAR(static_cast<double>(rendered(options, 17)) / fps, 17 / 16.0, 0.5 / fps + 1e-9) << fps;
  }
}

TEST(RenderGraph, RepeatsFramesInOrder) {
  TemporaryFolder folder;
  RenderOptions options = small();
  options.output_fps = 32;
  make_clip(folder / "clip.mp4", options, 5);
  const auto frames = frames_of(folder / "clip.mp4");
  ASSERT_EQ(frames.size(), 10u);
  for (int i = 0; i < 10; ++i)
    expect_colour(frames[i], 32, 32, {level_of(i / 2), level_of(i / 2), level_of(i / 2)});
  EXPECT_EQ(probe(folder / "clip.mp4")["streams"][0]["r_frame_rate"], "32/1");
}

TEST(RenderGraph, HoldsFewFramesOnly) {
  RenderOptions options = small();
  options.output_width = 96;
  options.output_height = 96;
  options.label = "AI-generated";
  RenderGraph graph(options);
  int pulled = 0;
  for (int i = 0; i < 200; ++i) {
    graph.push(solid(64, 64, {90, 90, 90}));
    while (graph.pull()) ++pulled;
    ASSERT_LE(i + 1 - pulled, 3);
  }
}

TEST(RenderGraph, AppliesTheUsersFilter) {
  expect_colour(delivered(with_filter("negate"), solid(64, 64, {255, 0, 0})), 32, 32, {0, 255, 255});
  expect_colour(delivered(with_filter("split[a][b];[a]hflip[c];[c][b]hstack"), solid(64, 64, {255, 0, 0})),
                100, 32, {255, 0, 0});
}

TEST(RenderGraph, NoFrameIsLostInTheUsersFilter) {
  for (const char* filter :
       {"null", "split[a][b];[a]hflip[c];[c][b]hstack", "split[a][b];[a][b]overlay", "eq=gamma=1.2"}) {
    EXPECT_EQ(rendered(with_filter(filter), 17), 17u) << filter;
  }
}

TEST(RenderGraph, AFilterMayChangeTheRate) {
  const RenderOptions halved = with_filter("fps=8");
  EXPECT_DOUBLE_EQ(RenderGraph(halved).fps(), 8);
  EXPECT_EQ(rendered(halved, 16), 8u);
}

TEST(RenderGraph, AFilterThatWantsYuvGetsTheSameColours) {
  expect_colour(delivered(with_filter("eq"), solid(64, 64, {200, 30, 60})), 32, 32, {200, 30, 60});
  expect_colour(delivered(with_filter("format=yuvj444p,eq"), solid(64, 64, {200, 30, 60})), 32, 32,
                {200, 30, 60});
}

TEST(RenderGraph, AFilterThatWantsRgbGetsTheSameColours) {
  expect_colour(delivered(with_filter("format=rgb24,colorchannelmixer"), solid(64, 64, {200, 30, 60})), 32,
                32, {200, 30, 60});
}

TEST(RenderGraph, AFilterMayChangeTheSizeToAnEvenOne) {
  const RenderGraph graph(with_filter("crop=32:48"));
  EXPECT_EQ(graph.size(), (Size{32, 48}));
  const auto [kind, message] = failure_of([] { RenderGraph(with_filter("scale=33:47")); });
  EXPECT_EQ(kind, ErrorKind::kInput);
  EXPECT_THAT(message, HasSubstr("33×47"));
}

TEST(RenderGraph, NamesABrokenFilterAndLibavsReason) {
  auto [kind, message] = failure_of([] { RenderGraph(with_filter("blurr=3")); });
  EXPECT_EQ(kind, ErrorKind::kInput);
  EXPECT_THAT(message, HasSubstr("filter \"blurr=3\": "));
  EXPECT_THAT(message, HasSubstr("No such filter: 'blurr'"));
  std::tie(kind, message) = failure_of([] { RenderGraph(with_filter("eq=contrast=high")); });
  EXPECT_EQ(kind, ErrorKind::kInput);
  EXPECT_THAT(message, HasSubstr("high"));
  for (const char* broken : {"volume=2", "split", "nullsink", "[a][b]hstack", "crop=9999:9999", "null,", "[x",
                             "movie=/nowhere.png[l];[in][l]overlay"}) {
    const auto error = failure_of([&] { RenderGraph(with_filter(broken)); });
    EXPECT_EQ(error.first, ErrorKind::kInput) << broken;
    EXPECT_THAT(error.second, HasSubstr(broken));
  }
}

TEST(RenderGraph, RefusesImpossibleSizes) {
  for (const RenderOptions& options :
       {RenderOptions{.width = 0, .height = 64, .fps = 16},
        RenderOptions{.width = 64, .height = 64, .fps = 0},
        RenderOptions{.width = 64, .height = 64, .fps = 16, .output_width = 65, .output_height = 64}}) {
    EXPECT_EQ(failure_of([&] { RenderGraph{options}; }).first, ErrorKind::kInput);
  }
}

}  // namespace
}  // namespace clipmill
