#include "media/mp4_writer.h"

#include <gmock/gmock.h>
#include <malloc.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "media/metadata.h"
#include "media/test_support.h"

namespace clipmill {
namespace {

using testing::HasSubstr;

// Something that does not compress, so that a small disk fills up.
Frame noise(int seed) {
  Frame frame(320, 240);
  unsigned state = static_cast<unsigned>(seed) * 2654435761u + 1;
  for (auto& byte : frame.rgb)
    byte = static_cast<std::uint8_t>((state = state * 1664525u + 1013904223u) >> 24);
  return frame;
}

void write_noise(const std::filesystem::path& target, int frames = 60, int crf = 1) {
  RenderGraph graph({.width = 320, .height = 240, .fps = 16});
  Mp4Writer writer(target, {.fps = 16, .width = 320, .height = 240, .crf = crf}, {});
  for (int i = 0; i < frames; ++i) {
    graph.push(noise(i));
    while (const auto frame = graph.pull()) writer.write(*frame);
  }
  writer.finish();
}

TEST(Mp4Writer, MakesWhatFfprobeCallsAnH264Clip) {
  TemporaryFolder folder;
  make_clip(folder / "clip.mp4", small(), 17);
  const auto report = probe(folder / "clip.mp4");
  const auto& stream = report["streams"][0];
  EXPECT_EQ(stream["codec_name"], "h264");
  EXPECT_EQ(stream["pix_fmt"], "yuv420p");
  EXPECT_EQ(stream["width"], 64);
  EXPECT_EQ(stream["height"], 64);
  EXPECT_EQ(stream["r_frame_rate"], "16/1");
  EXPECT_EQ(stream["nb_frames"], "17");
  EXPECT_EQ(stream["start_time"], "0.000000");
  EXPECT_EQ(stream["color_space"], "bt709");
  EXPECT_EQ(stream["color_range"], "tv");
  EXPECT_NEAR(std::stod(report["format"]["duration"].get<std::string>()), 17 / 16.0, 1e-3);
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(Mp4Writer, KeepsTheOrderOfFrames) {
  TemporaryFolder folder;
  make_clip(folder / "clip.mp4", small(), 17);
  const auto frames = frames_of(folder / "clip.mp4");
  ASSERT_EQ(frames.size(), 17u);
  for (int i = 0; i < 17; ++i) expect_colour(frames[i], 32, 32, {level_of(i), level_of(i), level_of(i)});
}

TEST(Mp4Writer, PutsTheIndexBeforeThePictures) {
  TemporaryFolder folder;
  make_clip(folder / "clip.mp4", small(), 5);
  const std::string bytes = read_file(folder / "clip.mp4");
  ASSERT_NE(bytes.find("moov"), std::string::npos);
  EXPECT_LT(bytes.find("moov"), bytes.find("mdat"));
}

/// Whatever lay in its memory before.
TEST(Mp4Writer, WritesTheSameBytesAgain) {
  TemporaryFolder folder;
  const auto metadata = container_metadata({.prompt = "a red square", .seed = 7, .model = "shapes"});
  const auto bytes = [&](int left_in_memory) {
    ::mallopt(M_PERTURB, left_in_memory);
    write_noise(folder / "noise.mp4", 17, /*crf=*/18);
    make_clip(folder / "clip.mp4", small(), 17, metadata);
    ::mallopt(M_PERTURB, 0);
    return read_file(folder / "noise.mp4") + read_file(folder / "clip.mp4");
  };
  const std::string first = bytes(1);
  for (const int left : {2, 85, 170}) EXPECT_TRUE(bytes(left) == first) << left;
}

TEST(Mp4Writer, CarriesTheMetadata) {
  TemporaryFolder folder;
  const ClipMetadata metadata{.prompt = "一个红色方块 = \"quoted\"; #1",
                              .seed = 18446744073709551615u,
                              .model = "shapes",
                              .version = "clipmill 0.1.0",
                              .producer = "studio",
                              .produce_id = "42"};
  make_clip(folder / "clip.mp4", small(), 5, container_metadata(metadata));
  const auto tags = probe(folder / "clip.mp4")["format"]["tags"];
  EXPECT_EQ(tags["prompt"], metadata.prompt);
  EXPECT_EQ(tags["seed"], "18446744073709551615");
  EXPECT_EQ(tags["model"], "shapes");
  EXPECT_EQ(tags["version"], "clipmill 0.1.0");
  const auto mark = nlohmann::json::parse(tags["AIGC"].get<std::string>());
  EXPECT_EQ(mark["Label"], "1");
  EXPECT_EQ(mark["ContentProducer"], "studio");
  EXPECT_EQ(mark["ProduceID"], "42");
}

TEST(Mp4Writer, SurvivesEndlessAndBrokenPrompts) {
  TemporaryFolder folder;
  make_clip(folder / "long.mp4", small(), 5, container_metadata({.prompt = std::string(100000, 'x')}));
  EXPECT_EQ(probe(folder / "long.mp4")["format"]["tags"]["prompt"].get<std::string>().size(), kPromptLimit);
  make_clip(folder / "broken.mp4", small(), 5, container_metadata({.prompt = "caf\xE9 \xFF"}));
  EXPECT_EQ(probe(folder / "broken.mp4")["format"]["tags"]["prompt"], "caf\uFFFD \uFFFD");
}

TEST(Mp4Writer, LeavesNothingWhenItIsNotFinished) {
  TemporaryFolder folder;
  {
    Mp4Writer writer(folder / "clip.mp4", {.fps = 16, .width = 64, .height = 64}, {});
    EXPECT_FALSE(std::filesystem::exists(folder / "clip.mp4"));
  }
  EXPECT_EQ(folder.entries(), 0u);
}

TEST(Mp4Writer, LeavesTheOldClipWhenTheNewOneFails) {
  TemporaryFolder folder;
  write_file(folder / "clip.mp4", "old");
  const auto [kind, message] = failure_of(
      [&] { Mp4Writer(folder / "clip.mp4", {.fps = 16, .width = 64, .height = 64}, {}).finish(); });
  EXPECT_EQ(kind, ErrorKind::kInput);
  EXPECT_THAT(message, HasSubstr("not one frame"));
  EXPECT_EQ(read_file(folder / "clip.mp4"), "old");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(Mp4Writer, SaysSoWhenTheDiskIsFull) {
  TemporaryFolder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=256k") != 0) GTEST_SKIP() << "may not mount";
  const auto [kind, message] = failure_of([&] { write_noise(folder / "clip.mp4"); });
  const std::size_t left = folder.entries();
  ::umount(folder.path().c_str());
  EXPECT_EQ(kind, ErrorKind::kIo);
  EXPECT_THAT(message, HasSubstr((folder / "clip.mp4").string() + ": No space left on device"));
  EXPECT_EQ(left, 0u);
}

TEST(Mp4Writer, SaysSoWhenTheFileMayNotGrow) {
  TemporaryFolder folder;
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{65536, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &tight);
  const auto [kind, message] = failure_of([&] { write_noise(folder / "clip.mp4"); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  EXPECT_EQ(kind, ErrorKind::kIo);
  EXPECT_THAT(message, HasSubstr("clip.mp4: File too large"));
  EXPECT_EQ(folder.entries(), 0u);
}

TEST(Mp4Writer, SaysSoWhenTheFolderCannotBe) {
  TemporaryFolder folder;
  write_file(folder / "file", "");
  const auto [kind, message] = failure_of(
      [&] { Mp4Writer(folder / "file/clip.mp4", {.fps = 16, .width = 64, .height = 64}, {}).finish(); });
  EXPECT_EQ(kind, ErrorKind::kIo);
  EXPECT_THAT(message, HasSubstr("file/clip.mp4"));
}

TEST(Mp4Writer, RefusesAnImpossibleSize) {
  TemporaryFolder folder;
  EXPECT_EQ(failure_of([&] { Mp4Writer(folder / "c.mp4", {.fps = 16, .width = 0, .height = 64}, {}); }).first,
            ErrorKind::kInput);
  EXPECT_EQ(
      failure_of([&] { Mp4Writer(folder / "c.mp4", {.fps = 16, .width = 63, .height = 64}, {}); }).first,
      ErrorKind::kInput);
  EXPECT_EQ(folder.entries(), 0u);
}

}  // namespace
}  // namespace clipmill
