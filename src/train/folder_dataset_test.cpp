#include "train/folder_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/still.h"
#include "media/test_support.h"
#include "train/open_dataset.h"

namespace clipmill {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr auto kReplace = std::filesystem::copy_options::overwrite_existing;
const Bucket kBucket{.width = 32, .height = 32, .frames = 5};

/// A folder of clips in which frame i is solid grey of level_of(i).
class FolderDatasetTest : public testing::Test {
 protected:
  void video(const std::string& name, int frames, const std::string& caption = "a clip") {
    make_clip(folder_ / name, {.width = 64, .height = 32, .fps = 16}, frames);
    if (!caption.empty()) text(std::filesystem::path(name).stem().string() + ".txt", caption);
  }
  void pictures(const std::string& name, int frames, const std::string& caption = "pictures") {
    for (int i = 0; i < frames; ++i) {
      const Frame frame = solid(48, 64, {level_of(i), level_of(i), level_of(i)});
      const auto file =
          folder_ / name / fmt::format("frame-{}", i + 1);  // frame-10 sorts before frame-2 by letters
      std::filesystem::create_directories(file.parent_path());
      i % 2 == 0 ? write_png(file.string() + ".png", frame) : write_jpeg(file.string() + ".JPG", frame, 100);
    }
    if (!caption.empty()) text(name + ".txt", caption);
  }
  void text(const std::string& name, const std::string& content) { write_file(folder_ / name, content); }
  void cut_off(const std::string& name) {
    const auto path = folder_ / name;
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  }

  FolderDataset open(bool skip_broken = false) const {
    return FolderDataset(folder_.path(), {{.width = 32, .height = 32, .frames = 9}, kBucket}, skip_broken);
  }
  std::string refusal() const {
    return failure_of([&] { (void)open(); }).second;
  }

  TemporaryFolder folder_;
};

/// The clip's frames, by their grey levels.
std::vector<int> numbers_in(const TrainingClip& clip) {
  std::vector<int> numbers;
  for (std::int64_t i = 0; i < clip.pixels.size(0); ++i) {
    const double level = clip.pixels[i].to(at::kDouble).mean().item<double>();
    numbers.push_back(static_cast<int>(std::lround((level - level_of(0)) / (level_of(1) - level_of(0)))));
  }
  return numbers;
}

TEST_F(FolderDatasetTest, CutsClipsToTheBucket) {
  video("b.mp4", 9, "  a grey video\n");
  pictures("a", 11, "grey pictures");
  const FolderDataset dataset = open();
  ASSERT_EQ(dataset.size(), 2);
  const TrainingClip first = dataset.clip(0, kBucket), second = dataset.clip(1, kBucket);
  EXPECT_EQ(first.pixels.sizes(), (at::IntArrayRef{5, 32, 32, 3}));
  EXPECT_EQ(first.pixels.scalar_type(), at::kByte);
  EXPECT_EQ(first.caption, "grey pictures");
  EXPECT_EQ(second.caption, "a grey video");
  EXPECT_THAT(numbers_in(first), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(numbers_in(second), ElementsAre(3, 4, 5, 6, 7));
  EXPECT_THAT(dataset.captions(), ElementsAre("a grey video", "grey pictures"));
}

TEST_F(FolderDatasetTest, SortsPicturesByNumber) {
  pictures("walk", 11);
  EXPECT_THAT(numbers_in(open().clip(0, {.width = 16, .height = 16, .frames = 11})),
              ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
}

TEST_F(FolderDatasetTest, IsTheSameForTheSameArgumentsAndVariesWithTheIndex) {
  video("a.mp4", 17);
  const FolderDataset dataset = open();
  EXPECT_TRUE(at::equal(dataset.clip(0, kBucket).pixels, open().clip(0, kBucket).pixels));
  std::set<int> starts;
  for (std::int64_t i = 0; i < 8; ++i) starts.insert(numbers_in(dataset.varied_clip(i, kBucket)).front());
  EXPECT_GE(starts.size(), 7u);
}

TEST_F(FolderDatasetTest, PlaysAClipSlowerThatIsShorterThanTheBucket) {
  video("a.mp4", 5);
  EXPECT_THAT(numbers_in(open().clip(0, {.width = 32, .height = 32, .frames = 9})),
              ElementsAre(0, 1, 1, 2, 2, 3, 3, 4, 4));
}

TEST_F(FolderDatasetTest, ReadsGifs) {
  video("a.mp4", 9, "");
  output_of("ffmpeg -v error -i '" + (folder_ / "a.mp4").string() + "' '" + (folder_ / "b.gif").string() +
            "'");
  std::filesystem::remove(folder_ / "a.mp4");
  text("captions.csv", "file_name,text\nb.gif,a gif\n");
  const TrainingClip clip = open().clip(0, kBucket);
  EXPECT_EQ(clip.caption, "a gif");
  EXPECT_THAT(numbers_in(clip), ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(FolderDatasetTest, TheTextBesideAClipGoesBeforeTheTable) {
  video("a.mp4", 5, "beside");
  video("b.mp4", 5, "");
  text("captions.jsonl",
       "{\"file_name\":\"a.mp4\",\"text\":\"table\"}\n{\"file_name\":\"b.mp4\",\"text\":\"table\"}\n");
  EXPECT_EQ(open().clip(0, kBucket).caption, "beside");
  EXPECT_EQ(open().clip(1, kBucket).caption, "table");
}

TEST_F(FolderDatasetTest, NamesAllThatCannotBeUsedTogether) {
  video("fine.mp4", 9);
  text("noise.mp4", "this is not a video");
  text("noise.txt", "noise");
  video("silent.mp4", 9, "");
  video("blank.mp4", 9, " \n");
  video("short.mp4", 3);
  video("half.mp4", 16);
  cut_off("half.mp4");
  pictures("torn", 5);
  cut_off("torn/frame-3.png");
  std::filesystem::create_directory(folder_ / "empty");
  text("empty.txt", "nothing");
  text("captions.csv", "file_name,text\ngone.mp4,a clip\n");
  const std::string message = refusal();
  EXPECT_THAT(message, AllOf(HasSubstr("noise.mp4: cannot read"), HasSubstr("silent.mp4: no caption"),
                             HasSubstr("silent.txt"), HasSubstr("blank.mp4: no caption"),
                             HasSubstr("short.mp4: has 3 frames, the shortest bucket takes 5")));
  EXPECT_THAT(message, AllOf(HasSubstr("half.mp4: "), HasSubstr("frame-3.png"), HasSubstr("empty: "),
                             HasSubstr("captions.csv:2: there is no clip gone.mp4"),
                             HasSubstr("data.broken = \"skip\""), Not(HasSubstr("fine.mp4"))));
  const FolderDataset rest = open(true);
  EXPECT_EQ(rest.size(), 1);
  EXPECT_EQ(rest.skipped().size(), 8u);
  EXPECT_THAT(rest.captions(), ElementsAre("a clip"));
}

TEST_F(FolderDatasetTest, RefusesAFolderWithoutClips) {
  EXPECT_THAT(refusal(), HasSubstr("holds no clips"));
  video("a.mp4", 3);
  EXPECT_THAT(failure_of([&] { (void)open(true); }).second, HasSubstr("a.mp4: has 3 frames"));
  const auto missing = failure_of([] { FolderDataset("/nowhere/clips", {kBucket}, false); });
  EXPECT_EQ(missing.first, ErrorKind::kInput);
  EXPECT_THAT(missing.second, HasSubstr("/nowhere/clips does not exist"));
}

TEST_F(FolderDatasetTest, AClipThatVanishesLaterIsNamed) {
  video("a.mp4", 9);
  const FolderDataset dataset = open();
  std::filesystem::remove(folder_ / "a.mp4");
  EXPECT_THAT(failure_of([&] { (void)dataset.clip(0, kBucket); }).second, HasSubstr("a.mp4"));
}

TEST_F(FolderDatasetTest, ACaptionOfSeveralLinesIsOneLine) {
  video("a.mp4", 9, "a red circle\r\nmoving left\n");
  EXPECT_EQ(open().clip(0, kBucket).caption, "a red circle  moving left");
  EXPECT_THAT(open().captions(), ElementsAre("a red circle  moving left"));
}

TEST_F(FolderDatasetTest, IsAnotherOneWhenAClipOrACaptionChanges) {
  video("a.mp4", 9);
  pictures("b", 9);
  std::set<std::string> identities = {open().identity()};
  EXPECT_EQ(open().identity(), *identities.begin());
  const auto changed = [&](auto change) {
    change();
    EXPECT_TRUE(identities.insert(open().identity()).second);
  };
  changed([&] { text("a.txt", "another caption"); });
  changed(
      [&] { std::filesystem::copy_file(folder_ / "b/frame-1.png", folder_ / "b/frame-3.png", kReplace); });
  changed([&] { video("c.mp4", 9); });
  changed([&] { video("c.mp4", 10); });
  text("c.txt", "a clip\n\n");
  EXPECT_FALSE(identities.insert(open().identity()).second) << "the caption is the same";
}

TEST_F(FolderDatasetTest, OpensByRecipe) {
  video("a.mp4", 9);
  video("b.mp4", 9, "");
  std::vector<std::string> skipped;
  DataRecipe recipe{.folder = folder_.path().string(), .skip_broken = true, .buckets = {kBucket}};
  EXPECT_EQ(open_dataset(recipe, 1, &skipped)->size(), 1);
  EXPECT_THAT(skipped, ElementsAre(HasSubstr("b.mp4")));
  EXPECT_EQ(open_dataset({.world = "shapes", .clips = 7}, 1)->size(), 7);
  recipe.world = "shapes";
  EXPECT_THAT(failure_of([&] { (void)open_dataset(recipe, 1); }).second, HasSubstr("either"));
  EXPECT_THAT(failure_of([] { (void)open_dataset({}, 1); }).second, HasSubstr("either"));
  EXPECT_THAT(failure_of([] { (void)open_dataset({.world = "cats"}, 1); }).second, HasSubstr("\"cats\""));
}

}  // namespace
}  // namespace clipmill
