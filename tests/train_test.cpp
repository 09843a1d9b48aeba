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
using testing::AllOf;
using testing::HasSubstr;

const std::string kClipmill = quoted(kBuild / "clipmill");

const std::vector<std::string> kWeights = {"vae/diffusion_pytorch_model.safetensors",
                                           "transformer/diffusion_pytorch_model.safetensors",
                                           "text_encoder/model.safetensors"};

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
  EXPECT_FALSE(fs::exists(folder_ / "evaluation-mine/evaluation.partial.json"));
}

TEST_F(TrainRun, AnInterruptedMeasurementKeepsTheSizesThatItHas) {
  const Outcome run =
      folder_.run(kClipmill + " evaluate --model " + quoted(kSource / "models/shapes") +
                  " --output out --prompts 2 --steps 8 --size 32x32x5 --size 128x128x49 & "
                  "until [ -e out/evaluation.partial.json ]; do sleep 0.01; done; kill -INT $!; wait $!");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out, HasSubstr("evaluation.partial.json"));
  const json sizes = json::parse(content_of(folder_ / "out/evaluation.partial.json")).at("sizes");
  EXPECT_EQ(sizes.size(), 1u);
  EXPECT_TRUE(sizes.contains("32x32x5"));
  EXPECT_FALSE(fs::exists(folder_ / "out/evaluation.json")) << "that would say that it is done";
}

TEST_F(TrainRun, ADamagedModelIsMadeAgainFromItsStates) {
  ASSERT_EQ(clipmill("train tiny.toml --threads 1").exit_code, 0);
  const std::string weights = "mine/transformer/diffusion_pytorch_model.safetensors";
  const std::string before = content_of(folder_ / weights), log = content_of(folder_ / "mine/loss.csv");
  fs::remove_all(folder_ / "mine/transformer");
  const Outcome again = clipmill("train tiny.toml --threads 1");
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("was finished, but "));
  EXPECT_TRUE(content_of(folder_ / weights) == before);
  EXPECT_EQ(content_of(folder_ / "mine/loss.csv"), log) << "no step was made";
}

TEST_F(TrainRun, IntoTheFolderWhereAShellStands) {
  const std::string train =
      kClipmill + " train ../tiny.toml --threads 1 --output . --set train_transformer.steps=4";
  const Outcome run = folder_.run("mkdir here && cd here && echo kept > notes && " + train + " && " + train +
                                  " --set train_transformer.steps=6 && cat notes model_index.json");
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("kept"), HasSubstr("WanPipeline")));
  EXPECT_FALSE(fs::exists(folder_ / "here/.training/model"));
}

TEST_F(TrainRun, OneRunAtATimeInAFolder) {
  const Outcome run = folder_.run(
      "mkdir -p mine/.training; lock=mine/.training/run.lock; "
      "flock $lock sh -c 'until [ -e began ]; do sleep 0.01; done; sleep 1; echo free >> order' & "
      "while flock -n $lock true; do sleep 0.01; done; touch began; " +
      kClipmill + " train tiny.toml --threads 1 && echo trained >> order; cat order");
  EXPECT_THAT(run.out, HasSubstr("free\ntrained\n")) << run.err;
}

/// A daemon with its state in the folder, to the end of the scope.
class DaemonIn {
 public:
  explicit DaemonIn(const TemporaryFolder& folder) : folder_(folder) {
    up_ = folder_
              .run("export CLIPMILL_STATE=$PWD/state; " + kClipmill +
                   " daemon --device cpu:0 --threads 1 >daemon.log 2>&1 & echo $! >daemon.pid; "
                   "for i in $(seq 600); do CLIPMILL_STATE=$PWD/state " +
                   kClipmill + " queue >/dev/null 2>&1 && exit 0; sleep 0.1; done; exit 1")
              .exit_code == 0;
  }
  ~DaemonIn() {
    folder_.run(
        "kill -TERM $(cat daemon.pid); while kill -0 $(cat daemon.pid) 2>/dev/null; do sleep 0.05; done");
  }
  DaemonIn(const DaemonIn&) = delete;
  DaemonIn& operator=(const DaemonIn&) = delete;

  bool up() const { return up_; }
  Outcome run(const std::string& arguments) const {
    return folder_.run("CLIPMILL_STATE=$PWD/state " + kClipmill + " " + arguments);
  }
  bool until(const std::string& job, const std::string& state) const {
    for (int i = 0; i < 600; ++i) {
      if (run("show " + job).out.starts_with("job " + job + "  " + state)) return true;
      folder_.run("sleep 0.1");
    }
    return false;
  }

 private:
  const TemporaryFolder& folder_;
  bool up_ = false;
};

TEST_F(TrainRun, InTheDaemonsQueueItIsAJobLikeAnyOther) {
  const std::string longer = " --set train_transformer.steps=250 ";
  ASSERT_EQ(clipmill("train tiny.toml --threads 1 --output whole" + longer).exit_code, 0);
  const DaemonIn daemon(folder_);
  ASSERT_TRUE(daemon.up());
  EXPECT_EQ(daemon.run("train tiny.toml --submit" + longer).out, "job 1\n");
  EXPECT_EQ(daemon.run("train tiny.toml --submit" + longer).out, "job 1\n") << "the same is the same job";
  folder_.run("until [ -e mine/.training/transformer.safetensors ]; do sleep 0.01; done");
  EXPECT_THAT(daemon.run("queue").out,
              AllOf(HasSubstr("running"), HasSubstr("mine"), HasSubstr("cpu:0 train_")));

  ASSERT_EQ(daemon.run("pause 1").exit_code, 0);
  EXPECT_TRUE(daemon.until("1", "waiting"));
  EXPECT_FALSE(fs::exists(folder_ / "mine/training.json")) << "the pause came too late to mean anything";
  ASSERT_EQ(daemon.run("resume 1").exit_code, 0);
  EXPECT_EQ(daemon.run("wait 1").exit_code, 0);
  for (const std::string& part : kWeights)
    EXPECT_TRUE(content_of(folder_.path() / "whole" / part) == content_of(folder_.path() / "mine" / part))
        << part;

  EXPECT_EQ(daemon.run("train tiny.toml --submit --output other --set train_transformer.steps=1000000").out,
            "job 2\n");
  EXPECT_TRUE(daemon.until("2", "running"));
  ASSERT_EQ(daemon.run("cancel 2").exit_code, 0);
  EXPECT_TRUE(daemon.until("2", "cancelled"));
  EXPECT_FALSE(fs::exists(folder_ / "other/model_index.json"));
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
