// `clipmill train` on what goes wrong: broken clips, missing captions, a loss that is no number, a full disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "program.h"
#include "tiny_recipe.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

const std::string kClipmill = quoted(kBuild / "clipmill");
const char* const kWeights[] = {"vae/diffusion_pytorch_model.safetensors",
                                "transformer/diffusion_pytorch_model.safetensors",
                                "text_encoder/model.safetensors"};

/// A model of a few thousand parameters, in a second or two.
class TrainBadInput : public testing::Test {
 protected:
  TrainBadInput() { recipe("world = \"shapes\"\nclips = 6"); }

  void recipe(const std::string& data) const {
    const TinyRecipe recipe{
        .data = data, .text_ffn = 64, .ffn = 256, .layers = 2, .vae_steps = 4, .steps = 60};
    std::ofstream(folder_ / "tiny.toml") << to_toml(recipe);
  }
  std::string command(const std::string& arguments = "") const {
    return kClipmill + " train tiny.toml --threads 1 " + arguments;
  }
  Outcome train(const std::string& arguments = "") const { return folder_.run(command(arguments)); }
  /// Interrupts the run into `output` as soon as it has saved a state of its transformer.
  Outcome interrupted(const std::string& output) const {
    return folder_.run(command("--output " + output) + " & until [ -e " + output +
                       "/.training/transformer.safetensors ]; do sleep 0.01; done; kill -INT $!; wait $!");
  }
  std::string file(const std::string& name) const { return content_of(folder_ / name); }
  void expect_same_model(const std::string& one, const std::string& other) const {
    for (const char* part : kWeights) {
      EXPECT_FALSE(file(one + "/" + part).empty()) << one << ": " << part;
      EXPECT_TRUE(file(one + "/" + part) == file(other + "/" + part)) << part;
    }
  }
  void expect_no_leftovers(const fs::path& folder) const {
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      EXPECT_THAT(entry.path().string(), Not(HasSubstr(".part")));
  }

  const TemporaryFolder folder_;
};

/// A folder of clips: one good video, one good folder of pictures, and what each test adds.
class TrainFolder : public TrainBadInput {
 protected:
  TrainFolder() {
    recipe("folder = \"clips\"");
    fs::create_directories(folder_ / "clips/frames");
    shell("ffmpeg -v error -f lavfi -i testsrc=size=48x32:rate=16 -frames:v 9 clips/good.mp4");
    shell("ffmpeg -v error -f lavfi -i testsrc=size=40x56:rate=16 -frames:v 5 clips/frames/%d.png");
    caption("good", "a test picture");
    caption("frames", "five pictures");
  }
  void shell(const std::string& line) const {
    const Outcome outcome = folder_.run(line);
    ASSERT_EQ(outcome.exit_code, 0) << line << "\n" << outcome.err;
  }
  void caption(const std::string& clip, const std::string& text) const {
    std::ofstream(folder_ / ("clips/" + clip + ".txt")) << text << "\n";
  }
  void add_broken_clips() const {
    shell(
        "head -c 700 clips/good.mp4 > clips/half.mp4; echo text > clips/noise.mp4; cp clips/good.mp4 "
        "clips/silent.mp4");
    shell("cp -r clips/frames clips/torn; truncate -s 200 clips/torn/3.png");
    for (const char* clip : {"half", "noise", "torn"}) caption(clip, clip);
  }
};

TEST_F(TrainFolder, RefusesBrokenClipsAndNamesEachOnALineOfItsOwn) {
  add_broken_clips();
  const Outcome run = train();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("4 things cannot be used:\n"), HasSubstr("\n          half.mp4: cannot read"),
                    HasSubstr("\n          noise.mp4: cannot read"),
                    HasSubstr("\n          silent.mp4: no caption: write one into silent.txt"),
                    HasSubstr("\n          torn: cannot read")));
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("torn/3.png"), HasSubstr("hint: repair or remove them; data.broken = \"skip\""),
                    Not(HasSubstr("good.mp4:")), Not(HasSubstr("frames:"))));
  EXPECT_FALSE(fs::exists(folder_ / "mine/training.json"));
  shell("rm -r clips/half* clips/noise* clips/torn*");
  caption("silent", "it has one now");
  EXPECT_EQ(train().exit_code, 0) << "repaired, the same command trains";
}

TEST_F(TrainFolder, SkipsBrokenClipsAndSaysSo) {
  add_broken_clips();
  const Outcome run = train("--set data.broken=skip");
  ASSERT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("left out"), HasSubstr("half.mp4: cannot read"), HasSubstr("noise.mp4: "),
                    HasSubstr("silent.mp4: no caption"), HasSubstr("torn: cannot read")));
  const json skipped = json::parse(file("mine/training.json")).at("skipped");
  ASSERT_EQ(skipped.size(), 4u);
  EXPECT_THAT(skipped[3].get<std::string>(), HasSubstr("torn: cannot read"));
}

TEST_F(TrainFolder, WithoutAnyCaptionItSaysWhereTheyGo) {
  shell("rm clips/*.txt");
  for (const char* broken : {"refuse", "skip"}) {
    const Outcome run = train("--set data.broken=" + std::string(broken));
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.out, AllOf(HasSubstr("good.mp4: no caption: write one into good.txt"),
                               HasSubstr("frames: no caption: write one into frames.txt"),
                               HasSubstr("hint: no clip is left")));
  }
}

TEST_F(TrainFolder, AChangedFolderStartsOverInsteadOfMixingOldLatentsWithNewCaptions) {
  ASSERT_EQ(interrupted("mine").exit_code, 1);
  caption("good", "another caption");
  ASSERT_EQ(train().exit_code, 0);
  ASSERT_EQ(train("--output whole").exit_code, 0);
  expect_same_model("mine", "whole");
}

TEST_F(TrainBadInput, ALossThatIsNoNumberStopsAndKeepsWhatWasGood) {
  // AdamW then multiplies its matrices by 1 − 10·10 in every step.
  const std::string wild = "--set train_transformer.learning_rate=10 --set train_transformer.weight_decay=10";
  const Outcome run = train(wild);
  ASSERT_EQ(run.exit_code, 1) << run.out;
  EXPECT_THAT(run.out, AllOf(HasSubstr("failed mine: train_transformer: at step "), HasSubstr("the loss is "),
                             HasSubstr("transformer.safetensors"), HasSubstr("hint: a lower learning_rate")));
  const std::string state = file("mine/.training/transformer.safetensors"),
                    vae = file("mine/.training/vae.safetensors");
  EXPECT_THAT(state, HasSubstr("next_step"));
  const std::size_t line = run.out.find("train_transformer: at step ");
  const std::string reason = run.out.substr(line, run.out.find('\n', line) - line);
  EXPECT_THAT(train(wild).out, HasSubstr(reason)) << "from the kept state, it fails in the same step";
  EXPECT_TRUE(file("mine/.training/transformer.safetensors") == state);

  const Outcome mended = train();
  ASSERT_EQ(mended.exit_code, 0) << mended.out;
  EXPECT_THAT(mended.out, AllOf(HasSubstr("train_transformer.learning_rate is 0.001, was 10"),
                                HasSubstr("the saved state gives no finite loss: begins again")));
  EXPECT_TRUE(file("mine/.training/vae.safetensors") == vae) << "only the transformer starts over";
  EXPECT_TRUE(file("mine/.training/earlier-1/transformer.safetensors") == state);
  ASSERT_EQ(train("--output whole").exit_code, 0);
  expect_same_model("mine", "whole");
}

TEST_F(TrainBadInput, AnotherSubjectBeginsAgainAndSetsTheEarlierStateAside) {
  ASSERT_EQ(interrupted("mine").exit_code, 1);
  const std::string state = file("mine/.training/transformer.safetensors");
  const Outcome run = train("--set transformer.ffn_dim=128");
  ASSERT_EQ(run.exit_code, 0) << run.out;
  EXPECT_THAT(run.out, HasSubstr("transformer.ffn_dim is 128, was 256: begins again"));
  EXPECT_TRUE(file("mine/.training/earlier-1/transformer.safetensors") == state);
  EXPECT_FALSE(fs::exists(folder_ / "mine/.training/earlier-2")) << "the VAE is as it was";
  ASSERT_EQ(train("--output whole --set transformer.ffn_dim=128").exit_code, 0);
  expect_same_model("mine", "whole");
}

TEST_F(TrainFolder, SamplesAreOfItsOwnCaptions) {
  ASSERT_EQ(train("--set watch.sample_every=20").exit_code, 0);
  EXPECT_EQ(file("mine/.training/samples.txt"), "a test picture\nfive pictures\n");
  for (const char* sheet : {"samples-000020.png", "samples-000060.png"})
    EXPECT_TRUE(fs::exists(folder_ / "mine/.training" / sheet)) << sheet;
  EXPECT_FALSE(fs::exists(folder_ / "mine/.training/adherence.csv")) << "that is for the world of shapes";
}

TEST_F(TrainBadInput, ANewStateThatCannotBeWrittenLeavesTheOldOneWhole) {
  ASSERT_EQ(train("--output whole").exit_code, 0);
  ASSERT_EQ(interrupted("mine").exit_code, 1);
  const std::string state = file("mine/.training/transformer.safetensors");
  ASSERT_GT(state.size(), 500'000u) << "the limit below must be what stops it";
  // A limit on file sizes stands for the disk: it needs no root. 400 blocks of 512 bytes, or of 1024.
  const Outcome full = folder_.run("trap '' XFSZ; ulimit -f 400; " + command());
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.out, AllOf(HasSubstr("cannot write " +
                                        (folder_ / "mine/.training/transformer.safetensors").string()),
                              HasSubstr("File too large"), HasSubstr("hint: free some disk space")));
  EXPECT_TRUE(file("mine/.training/transformer.safetensors") == state);
  expect_no_leftovers(folder_ / "mine");
  ASSERT_EQ(train().exit_code, 0);
  expect_same_model("mine", "whole");
}

/// A file system of 16 MiB, where root may mount one.
class TrainFullDisk : public TrainBadInput {
 protected:
  TrainFullDisk() {
    fs::create_directories(folder_ / "disk");
    mounted_ = folder_.run("mount -t tmpfs -o size=16m clipmill-test disk").exit_code == 0;
  }
  ~TrainFullDisk() override {
    if (mounted_) folder_.run("umount disk");
  }
  bool mounted_ = false;
};

TEST_F(TrainFullDisk, LosesNothing) {
  if (!mounted_) GTEST_SKIP() << "mounting a small file system needs root";
  ASSERT_EQ(train("--output whole --set train_transformer.steps=200").exit_code, 0);
  const std::string same = command("--output disk/mine --set train_transformer.steps=200");
  const Outcome full =
      folder_.run(same +
                  " & until [ -e disk/mine/.training/transformer.safetensors ]; do sleep 0.01; done; "
                  "dd if=/dev/zero of=disk/filler bs=4k 2>/dev/null; wait $!");
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.out + full.err,
              AllOf(AnyOf(HasSubstr("No space left on device"), HasSubstr("disk is full")),
                    HasSubstr("disk/mine/"), HasSubstr("hint: free some disk space")));
  EXPECT_THAT(file("disk/mine/.training/transformer.safetensors"), HasSubstr("next_step"));
  fs::remove(folder_ / "disk/filler");
  const Outcome rest = folder_.run(same);
  ASSERT_EQ(rest.exit_code, 0) << rest.out << rest.err;
  expect_same_model("disk/mine", "whole");
  expect_no_leftovers(folder_ / "disk/mine");
}

}  // namespace
}  // namespace clipmill
