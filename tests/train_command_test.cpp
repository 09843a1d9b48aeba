// `clipmill train` and `clipmill evaluate` from outside, with a worker that has no engine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iomanip>
#include <nlohmann/json.hpp>

#include "program.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kClipmill = quoted(kBuild / "clipmill");
const std::string kWorker = " --worker " + quoted(CLIPMILL_FAKE_TRAINER);
const std::string kShapes = quoted(kSource / "models/shapes");

class Train : public testing::Test {
 protected:
  Train() {
    std::ofstream(folder_ / "tiny.toml") << R"(output = "mine"
[data]
world = "shapes"
[vae]
base_dim = 8
z_dim = 4
[text_encoder]
d_model = 32
[transformer]
num_attention_heads = 2
attention_head_dim = 16
[train_vae]
steps = 20
)";
  }
  Outcome train(const std::string& arguments) const {
    return folder_.run(kClipmill + " train " + arguments + kWorker);
  }
  Outcome evaluate(const std::string& arguments) const {
    return folder_.run(kClipmill + " evaluate " + arguments + kWorker);
  }

  Outcome batch(const std::string& arguments) const {
    return folder_.run(kClipmill + " batch " + arguments + kWorker);
  }

  const TemporaryFolder folder_;
};

TEST_F(Train, ARecipeIsAJobThatIsDoneOnce) {
  const Outcome first = train("tiny.toml");
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out,
              AllOf(HasSubstr("done mine in"), HasSubstr("train_vae"), HasSubstr("1 of 1 jobs done")));
  EXPECT_EQ(json::parse(content_of(folder_ / "mine/training.json")), json({{"steps", 20}}));

  const Outcome second = train("tiny.toml");
  EXPECT_EQ(second.exit_code, 0);
  EXPECT_THAT(second.out, AllOf(HasSubstr("(1 from before)"), HasSubstr("--fresh trains it again")));
  EXPECT_THAT(train("tiny.toml --fresh").out, Not(HasSubstr("from before")));
  EXPECT_THAT(train("tiny.toml --set train_vae.steps=30").out, Not(HasSubstr("from before")));
  EXPECT_EQ(json::parse(content_of(folder_ / "mine/training.json")), json({{"steps", 30}}));
}

TEST_F(Train, ABaseWhoseFilesAreReplacedMakesAnotherJob) {
  fs::copy(kSource / "models/shapes", folder_ / "base", fs::copy_options::recursive);
  std::ofstream(folder_ / "lora.toml") << "output = \"mine\"\nbase = \"base\"\n[data]\nworld = \"shapes\"\n"
                                          "[lora]\nrank = 4\n[train_transformer]\nsteps = 20\n";
  ASSERT_EQ(train("lora.toml").exit_code, 0);
  EXPECT_THAT(train("lora.toml").out, HasSubstr("from before"));
  fs::last_write_time(folder_ / "base/transformer/diffusion_pytorch_model.safetensors",
                      fs::file_time_type::clock::now());
  EXPECT_THAT(train("lora.toml").out, Not(HasSubstr("from before")));
  EXPECT_THAT(train("lora.toml").out, HasSubstr("from before"));
}

TEST_F(Train, ClipsThatAreReplacedMakeAnotherJob) {
  ASSERT_EQ(folder_
                .run("mkdir -p clips/walk && touch clips/a.mp4 clips/a.txt clips/walk/1.png && "
                     "sed 's/world = .*/folder = \"clips\"/' tiny.toml > own.toml")
                .exit_code,
            0);
  const std::string mine = "own.toml";
  ASSERT_EQ(train(mine).exit_code, 0);
  EXPECT_THAT(train(mine).out, HasSubstr("from before"));
  for (const char* change : {"echo 'a cat' > clips/a.txt", "touch -d '1 hour' clips/walk/1.png",
                             "rm clips/walk/1.png", "cp clips/a.mp4 clips/b.mp4"}) {
    ASSERT_EQ(folder_.run(change).exit_code, 0);
    EXPECT_THAT(train(mine).out, Not(HasSubstr("from before"))) << change;
    EXPECT_THAT(train(mine).out, HasSubstr("from before")) << change;
  }
}

TEST_F(Train, AFinishedRunWhoseModelIsDamagedIsMadeAgain) {
  std::ofstream(folder_ / "lora.toml")
      << "output = \"mine\"\nbase = " << std::quoted((kSource / "models/shapes").string())
      << "\n[data]\nworld = \"shapes\"\n[lora]\nrank = 4\n"
         "[train_transformer]\nsteps = 20\n";
  for (const auto& [recipe, part] : std::vector<std::pair<std::string, std::string>>{
           {"tiny.toml", "vae/diffusion_pytorch_model.safetensors"},
           {"tiny.toml --set train_transformer.steps=9", "transformer/config.json"},
           {"lora.toml", "pytorch_lora_weights.safetensors"}}) {
    ASSERT_EQ(train(recipe).exit_code, 0);
    EXPECT_THAT(train(recipe).out, HasSubstr("from before"));
    const auto whole = content_of(folder_ / ("mine/" + part));
    for (const std::string& damage : {"rm mine/" + part, "truncate -s 5 mine/" + part}) {
      ASSERT_EQ(folder_.run(damage).exit_code, 0);
      const Outcome again = train(recipe);
      EXPECT_EQ(again.exit_code, 0);
      EXPECT_THAT(again.err, HasSubstr("was finished, but ")) << damage;
      EXPECT_THAT(again.out, Not(HasSubstr("from before"))) << damage;
      EXPECT_TRUE(content_of(folder_ / ("mine/" + part)) == whole) << damage;
    }
    EXPECT_EQ(train(recipe).err, "") << "whole again";
  }
}

TEST_F(Train, OutputIsRelativeToWhereOneStands) {
  ASSERT_EQ(folder_
                .run("mkdir elsewhere && cd elsewhere && " + kClipmill +
                     " train ../tiny.toml --output other" + kWorker)
                .exit_code,
            0);
  EXPECT_TRUE(fs::exists(folder_ / "elsewhere/other/training.json"));
  EXPECT_FALSE(fs::exists(folder_ / "mine"));
}

TEST_F(Train, JsonOnStdoutAlone) {
  const Outcome run = train("tiny.toml --json");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json outcome = json::parse(run.out);
  EXPECT_EQ(outcome["result"]["steps"], 20);
  EXPECT_EQ(outcome["jobs"][0]["spec"]["kind"], "train");
  EXPECT_EQ(outcome["stages"][0]["stage"], "train_vae");
}

TEST_F(Train, AnInterruptedRunGoesOnLater) {
  const Outcome stopped =
      folder_.run(kClipmill + " train tiny.toml --set seed=2" + kWorker +
                  " & until [ -e mine/.clipmill/jobs.db ]; do sleep 0.05; done; sleep 0.3; "
                  "kill -INT $!; wait $!");
  EXPECT_EQ(stopped.exit_code, 1);
  EXPECT_THAT(stopped.out, HasSubstr("interrupted: the same command goes on from the last saved step"));
  EXPECT_THAT(stopped.err, HasSubstr("stopping after the running step"));
  EXPECT_EQ(train("tiny.toml").exit_code, 0);
}

TEST_F(Train, AFailureIsToldWithItsRemedy) {
  const Outcome run = train("tiny.toml --set seed=3");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("failed mine: the loss became NaN"), HasSubstr("a lower learning rate")));
  EXPECT_EQ(train("tiny.toml --set seed=4").exit_code, 1) << "a worker that dies";
}

TEST_F(Train, WhatIsWrongIsFoundBeforeAnythingRuns) {
  const Outcome slip = train("tiny.toml --set train_vae.step=3");
  EXPECT_EQ(slip.exit_code, 2);
  EXPECT_THAT(slip.err, HasSubstr("--set train_vae.step: unknown key \"step\": did you mean \"steps\"?"));
  EXPECT_FALSE(fs::exists(folder_ / "mine"));
  EXPECT_EQ(train("no-such.toml").exit_code, 2);
  EXPECT_EQ(train("").exit_code, 2);
  EXPECT_THAT(train("tiny.toml --set vocabulary=9").err, HasSubstr("vocabulary must be from 46"));
  EXPECT_EQ(train("tiny.toml --device gpu").exit_code, 2);
}

TEST_F(Train, NeverTakesThePlaceOfAnotherModel) {
  for (const auto& [existing, what] : std::vector<std::pair<std::string, std::string>>{
           {"touch mine/model_index.json", "a model"}, {"mkdir mine/vae mine/.clipmill", "part of one"}}) {
    ASSERT_EQ(folder_.run("rm -rf mine && mkdir mine && " + existing).exit_code, 0);
    const Outcome run = train("tiny.toml --fresh");
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.err, HasSubstr("holds " + what + " that this run did not make"));
  }
}

TEST_F(Train, IntoTheFolderWhereOneStands) {
  ASSERT_EQ(train("tiny.toml --output .").exit_code, 0);
  EXPECT_TRUE(fs::exists(folder_ / "training.json"));
  const Outcome none = train("tiny.toml --output ''");
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("--output: must name a folder"));
}

TEST_F(Train, ListsItsKeys) {
  const Outcome run = train("--keys");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, AllOf(HasSubstr("[train_transformer]"), HasSubstr("caption_dropout = 0.1")));
}

TEST_F(Train, MeasuresAModel) {
  const Outcome run =
      evaluate("--model " + kShapes +
               " --prompts 8 --size 64x64 --size 96x64x33 --size 64x64x5 --frames 5 --frames 9");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("64x64x17, VAE 35.2 dB\nshape  1.00\n"));
  const json recipe = json::parse(content_of(folder_ / "evaluation-shapes/evaluation.json"))["recipe"];
  EXPECT_EQ(recipe["model"], (kSource / "models/shapes").string());
  ASSERT_EQ(recipe["buckets"].size(), 3u) << "each once";
  EXPECT_EQ(recipe["buckets"][1], json({{"size", "64x64"}, {"frames", 9}, {"weight", 1.0}}));
  EXPECT_EQ(recipe["buckets"][2]["frames"], 33);
}

/// The shipped model, denoised by its transformer in two halves, as Wan 2.2 is.
void make_two_transformers(const TemporaryFolder& folder) {
  fs::copy(kSource / "models/shapes", folder / "two", fs::copy_options::recursive);
  fs::copy(folder / "two/transformer", folder / "two/transformer_2");
  json index = json::parse(content_of(folder / "two/model_index.json"));
  index["transformer_2"] = index["transformer"];
  index["boundary_ratio"] = 0.5;
  std::ofstream(folder / "two/model_index.json") << index;
}

TEST_F(Train, MeasuringFindsOutFirstWhereItCannotWrite) {
  std::ofstream(folder_ / "file") << "";
  const Outcome run = evaluate("--model " + kShapes + " --output file/deep");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, AllOf(HasSubstr("cannot write"), HasSubstr("file/deep/evaluation.json")));
  EXPECT_THAT(run.out, Not(HasSubstr("done"))) << "nothing was measured";
}

TEST_F(Train, MeasuringNamesWhatIsWrong) {
  make_two_transformers(folder_);
  for (const auto& [arguments, message] : std::vector<std::pair<std::string, std::string>>{
           {"", "--model is missing"},
           {"--model no-such", "no-such"},
           {"--model " + kShapes + " --size 60x64", "width must be a positive multiple of 16"},
           {"--model " + kShapes + " --size 64x64x", "--size 64x64x: "},
           {"--model " + kShapes + " --frames 8", "frames must be 4k+1"},
           {"--model " + kShapes + " --prompts 0", "prompts must be from 1"},
           {"--model " + kShapes + " --seed -1", "--seed must be at least 0, not -1"},
           {"--model " + kShapes + " --guidance nan", "--guidance must be a number, not nan"},
           {"--model " + kShapes + " --precision fp8",
            "--precision: must be fp32, bf16 or fp16, not \"fp8\""},
           {"--model two", "two has two transformers: training and measuring take one"},
           {"--model " + kShapes + " --lora no-such.safetensors:0.5", "there is no "}}) {
    const Outcome run = evaluate(arguments);
    EXPECT_EQ(run.exit_code, 2) << arguments;
    EXPECT_THAT(run.err, HasSubstr(message)) << arguments;
  }
}

TEST_F(Train, WhatIsDecidedOnTheWayIsShown) {
  EXPECT_THAT(train("tiny.toml --set memory=2GiB").out,
              HasSubstr("train_vae mine: batch 12 (the largest is 40, limited by memory)\n"));
  EXPECT_THAT(train("tiny.toml --set memory=lots").err,
              HasSubstr("--set memory: memory must be a number of bytes"));
}

TEST_F(Train, FindsTheLargestBatchOfATraining) {
  const Outcome run = batch("tiny.toml --part vae --memory 2GiB --set train_vae.batch=auto");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(
      run.out,
      AllOf(HasSubstr("       4       1.0 MiB     2.00 s       2.00\n       8  does not fit\n"),
            HasSubstr("budget 2.0 GiB: the largest is 5 (limited by memory), the knee of the throughput 4"),
            HasSubstr("memory: 1.0 MiB + 2.0 KiB a clip")));
  EXPECT_FALSE(fs::exists(folder_ / "mine")) << "nothing is trained";

  const json outcome =
      json::parse(batch("tiny.toml --set train_transformer.steps=9 --set memory=1GiB --json").out);
  const json recipe = outcome["result"]["recipe"];
  EXPECT_EQ(recipe["memory"], 1 << 30) << "the recipe's own";
  EXPECT_EQ(recipe["vae"], false);
  EXPECT_EQ(json::parse(recipe["train"].get<std::string>())["data"]["world"], "shapes");
}

TEST_F(Train, FindsTheLargestBatchOfClips) {
  const Outcome run = batch("--model " + kShapes + " --size 96x64 --frames 9 --memory '1.5 GiB' --json");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json recipe = json::parse(run.out)["result"]["recipe"];
  EXPECT_EQ(recipe["model"], (kSource / "models/shapes").string());
  EXPECT_EQ(recipe["clips"], json({{"size", "96x64"}, {"frames", 9}, {"weight", 1.0}}));
  EXPECT_EQ(recipe["memory"], 3 << 29);
}

TEST_F(Train, FindingABatchNamesWhatIsWrong) {
  make_two_transformers(folder_);
  for (const auto& [arguments, message] : std::vector<std::pair<std::string, std::string>>{
           {"", "give a recipe, or --model"},
           {"tiny.toml --model x", "exclude each other"},
           {"no-such.toml", "no such recipe"},
           {"tiny.toml --memory lots", "--memory: must be a number of bytes"},
           {"tiny.toml --part text", "--part"},
           {"tiny.toml", "trains no transformer: its steps are 0"},
           {"tiny.toml --part vae --frames 9", "--frames is for clips of --model"},
           {"--model " + kShapes + " --part vae", "--part is for a recipe"},
           {"--model two", "two has two transformers"},
           {"--model " + kShapes + " --frames 8", "frames must be 4k+1"},
           {"tiny.toml --part vae --largest 0", "largest must be from 1"}}) {
    const Outcome run = batch(arguments);
    EXPECT_EQ(run.exit_code, 2) << arguments;
    EXPECT_THAT(run.err, HasSubstr(message)) << arguments;
  }
}

}  // namespace
}  // namespace clipmill
