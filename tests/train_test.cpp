// `clipmill train` and `clipmill evaluate` from outside, with the engine, on a model of a few thousand
// parameters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"
#include "tiny_recipe.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string kClipmill = quoted(kBuild / "clipmill");

class TrainRun : public testing::Test {
 protected:
  TrainRun() { std::ofstream(folder_ / "tiny.toml") << to_toml({}); }
  Outcome clipmill(const std::string& arguments) const { return folder_.run(kClipmill + " " + arguments); }

  const TemporaryFolder folder_;
};

TEST_F(TrainRun, MakesAModelThatRunsAndIsMeasured) {
  const Outcome train = clipmill("train tiny.toml --threads 1");
  ASSERT_EQ(train.exit_code, 0) << train.out << train.err;
  EXPECT_THAT(train.out, HasSubstr("train_transformer"));
  EXPECT_TRUE(json::parse(content_of(folder_ / "mine/training.json")).is_object());
  EXPECT_THAT(clipmill("train tiny.toml").out, HasSubstr("(1 from before)"));

  const Outcome run = clipmill(
      "run --model mine --prompt 'a red circle growing on a black background' --size 32x32 --frames 5 "
      "--steps 2 "
      "--guidance 2 --max-text-tokens 32 --output clip.mp4");
  EXPECT_EQ(run.exit_code, 0) << run.err;

  const Outcome measured =
      clipmill("evaluate --model mine --prompts 4 --size 32x32 --frames 5 --steps 2 --batch 2");
  EXPECT_EQ(measured.exit_code, 0) << measured.out << measured.err;
  EXPECT_THAT(measured.out, HasSubstr("32x32x5, VAE "));
  EXPECT_TRUE(fs::exists(folder_ / "evaluation-mine/evaluation.json"));
}

TEST_F(TrainRun, AVaeAloneIsMadeFirstAndTheRestLater) {
  const Outcome vae = clipmill("train tiny.toml --threads 1 --set train_transformer.steps=0");
  ASSERT_EQ(vae.exit_code, 0) << vae.out << vae.err;
  EXPECT_TRUE(fs::exists(folder_ / "mine/vae/config.json"));
  EXPECT_TRUE(fs::exists(folder_ / "mine/vae/diffusion_pytorch_model.safetensors"));
  EXPECT_FALSE(fs::exists(folder_ / "mine/model_index.json"));
  const std::string state = content_of(folder_ / "mine/.training/vae.safetensors");
  const Outcome rest = clipmill("train tiny.toml --threads 1");
  ASSERT_EQ(rest.exit_code, 0) << rest.out << rest.err;
  EXPECT_TRUE(fs::exists(folder_ / "mine/model_index.json"));
  EXPECT_TRUE(content_of(folder_ / "mine/.training/vae.safetensors") == state);
}

TEST_F(TrainRun, GoesOnAfterAKillToTheSameBytes) {
  ASSERT_EQ(clipmill("train tiny.toml --threads 1 --output whole").exit_code, 0);
  const Outcome killed = folder_.run(
      kClipmill +
      " train tiny.toml --threads 1 & until ls mine/.training/transformer* >/dev/null 2>&1; do sleep 0.01; "
      "done; kill -KILL $!; wait $!");
  EXPECT_EQ(killed.exit_code, 137);
  ASSERT_FALSE(fs::exists(folder_ / "mine/training.json")) << "the kill came too late to mean anything";
  const Outcome resumed = clipmill("train tiny.toml --threads 1");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.out << resumed.err;
  for (const char* part :
       {"vae/diffusion_pytorch_model.safetensors", "transformer/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors"}) {
    EXPECT_FALSE(content_of(folder_.path() / "whole" / part).empty()) << part;
    EXPECT_TRUE(content_of(folder_.path() / "whole" / part) == content_of(folder_.path() / "mine" / part))
        << part;
  }
}

const std::vector<std::string> kWeights = {"vae/diffusion_pytorch_model.safetensors",
                                           "transformer/diffusion_pytorch_model.safetensors",
                                           "text_encoder/model.safetensors"};

TEST_F(TrainRun, SegmentsChosenWithinTheMemoryChangeNoByte) {
  const std::string deep =
      "train tiny.toml --threads 1 --set transformer.num_layers=4 --set train_transformer.batch=6 "
      "--set train_transformer.steps=4 ";
  ASSERT_EQ(clipmill(deep + "--output plain").exit_code, 0);
  const Outcome run = clipmill(deep + "--output auto --set segments=auto");
  ASSERT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr(" segments: peak "));
  const json chosen =
      json::parse(content_of(folder_ / "auto/training.json"))["memory"]["train_transformer"]["segments"];
  EXPECT_GT(chosen["segments"], 1) << "without a budget the lowest peak";
  for (const std::string& part : kWeights)
    EXPECT_TRUE(content_of(folder_.path() / "plain" / part) == content_of(folder_.path() / "auto" / part))
        << part;
}

TEST_F(TrainRun, ABatchChosenWithinTheMemoryStaysOverAKill) {
  const std::string fitted =
      "train tiny.toml --threads 1 --set memory=24MiB --set train_vae.batch=auto "
      "--set train_transformer.batch=auto --set segments=auto --output mine ";
  const Outcome killed = folder_.run(kClipmill + " " + fitted +
                                     "& until ls mine/.training/transformer.safetensors >/dev/null 2>&1; do "
                                     "sleep 0.01; done; kill -KILL $!; wait $!");
  EXPECT_EQ(killed.exit_code, 137);
  ASSERT_FALSE(fs::exists(folder_ / "mine/training.json")) << "the kill came too late to mean anything";
  const std::string chosen = content_of(folder_ / "mine/.training/batch-transformer.json");
  const Outcome resumed = clipmill(fitted);
  ASSERT_EQ(resumed.exit_code, 0) << resumed.out << resumed.err;
  EXPECT_EQ(content_of(folder_ / "mine/.training/batch-transformer.json"), chosen);

  const json memory = json::parse(content_of(folder_ / "mine/training.json"))["memory"];
  EXPECT_EQ(memory["budget_bytes"], 24 << 20);
  EXPECT_THAT(resumed.out, HasSubstr("train_transformer mine: batch " +
                                     memory["train_transformer"]["batch"]["batch"].dump()));
  const Outcome asked =
      clipmill("train tiny.toml --threads 1 --output asked --set train_vae.batch=" +
               memory["train_vae"]["batch"]["batch"].dump() +
               " --set train_transformer.batch=" + memory["train_transformer"]["batch"]["batch"].dump());
  ASSERT_EQ(asked.exit_code, 0) << asked.err;
  for (const std::string& part : kWeights)
    EXPECT_TRUE(content_of(folder_.path() / "mine" / part) == content_of(folder_.path() / "asked" / part))
        << part;
}

TEST_F(TrainRun, TooLittleMemoryIsToldWithThePhaseTheBudgetAndTheRemedies) {
  const Outcome run = clipmill("train tiny.toml --set memory=24MiB --set train_transformer.batch=2048");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out,
              HasSubstr("train_transformer: step 1 did not fit the 24.0 MiB of memory it was given"));
  EXPECT_THAT(run.out, HasSubstr("accumulate"));
  const Outcome less = clipmill(
      "train tiny.toml --set memory=24MiB --set train_transformer.batch=4 --set train_transformer.steps=4");
  EXPECT_EQ(less.exit_code, 0) << less.out;
}

TEST_F(TrainRun, TheLargestBatchIsFound) {
  const Outcome training = clipmill("batch tiny.toml --memory 24MiB --json --threads 1");
  ASSERT_EQ(training.exit_code, 0) << training.err;
  const json found = json::parse(training.out)["result"];
  EXPECT_EQ(found["limited_by"], "memory");
  EXPECT_GT(found["largest"], 2);
  EXPECT_FALSE(fs::exists(folder_ / "mine"));

  const Outcome clips = clipmill("batch --model " + quoted(kSource / "models/shapes") +
                                 " --size 32x32 --frames 5 --memory 48MiB --largest 8 --threads 1");
  ASSERT_EQ(clips.exit_code, 0) << clips.err;
  EXPECT_THAT(clips.out, HasSubstr("the knee of the throughput"));

  const Outcome none = clipmill("batch tiny.toml --memory 1MiB --threads 1");
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.out, HasSubstr("did not fit the 1.0 MiB of memory it was given"));
  EXPECT_THAT(none.out, HasSubstr("hint: more memory"));
}

}  // namespace
}  // namespace clipmill
