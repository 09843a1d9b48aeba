// `clipmill run` from outside: what it makes, what it says, what it leaves behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "media/video_reader.h"
#include "run_program.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

TEST_F(Run, MainProgramLinksNoTorch) {
  const Outcome ldd = folder_.run("ldd " + kClipmill);
  ASSERT_EQ(ldd.exit_code, 0);
  EXPECT_THAT(ldd.out, AllOf(HasSubstr("libsqlite3"), Not(HasSubstr("torch")), Not(HasSubstr("libc10"))));
}

TEST_F(Run, OnePromptMakesOneClipAndNothingElse) {
  const Outcome run = one("--output clip.mp4");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(files(), testing::ElementsAre("clip.mp4"));
  VideoReader reader(folder_ / "clip.mp4");
  int frames = 0;
  while (reader.next()) ++frames;
  EXPECT_EQ(frames, 5);
}

TEST_F(Run, SameSeedSameBytesOtherSeedOtherBytes) {
  for (const auto& [name, seed] : {std::pair{"a", 3}, {"b", 3}, {"c", 4}}) {
    ASSERT_EQ(one("--output " + std::string(name) + "/clip.mp4 --seed " + std::to_string(seed)).exit_code, 0);
  }
  EXPECT_EQ(content_of(folder_ / "a/clip.mp4"), content_of(folder_ / "b/clip.mp4"));
  EXPECT_NE(content_of(folder_ / "a/clip.mp4"), content_of(folder_ / "c/clip.mp4"));
}

TEST_F(Run, EveryOutputOnRequest) {
  const Outcome run =
      one("--output clip.mp4 --frames-folder png --contact-sheet sheet.png --poster poster.jpg "
          "--save-tensors t --preview-every 1 --report r.html");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(files(),
              testing::IsSupersetOf({"clip.mp4", "clip.mp4.preview.png", "sheet.png", "poster.jpg", "r.html",
                                     "png/frame-0001.png", "png/frame-0005.png", "t/latents.safetensors",
                                     "t/frames.safetensors", "t/prompt_embeds.safetensors"}));
}

TEST_F(Run, JsonOnStdoutAlone) {
  const Outcome run = one("--output clip.mp4 --json");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json outcome = json::parse(run.out);
  EXPECT_EQ(outcome.at("totals").at("done"), 1);
  const json& stages = outcome.at("jobs").at(0).at("stages");
  const auto denoise =
      std::ranges::find(stages, "denoise", [](const json& stage) { return stage.at("stage"); });
  ASSERT_NE(denoise, stages.end());
  EXPECT_GT(denoise->at("peak_bytes").get<std::int64_t>(), 0);
}

TEST_F(Run, SecondRunMakesWhatIsMissingOrChanged) {
  write_shots(3);
  ASSERT_EQ(clipmill("shots.toml").exit_code, 0);
  std::vector<fs::path> clips;
  for (const auto& entry : fs::directory_iterator(folder_ / "clips")) {
    if (entry.path().extension() == ".mp4") clips.push_back(entry.path());
  }
  ASSERT_EQ(clips.size(), 3u);
  fs::remove(clips[0]);
  const auto kept = fs::last_write_time(clips[1]);

  const json again = json::parse(clipmill("shots.toml --json").out);
  EXPECT_EQ(again.at("totals").at("done"), 1);
  EXPECT_EQ(again.at("totals").at("kept"), 2);
  EXPECT_TRUE(fs::exists(clips[0]));
  EXPECT_EQ(fs::last_write_time(clips[1]), kept);

  const json changed = json::parse(clipmill("shots.toml --steps 1 --json").out);
  EXPECT_EQ(changed.at("totals").at("done"), 3);
}

/// Shell: waits until the program that was just started has denoised its first steps, and holds its id in
/// $pid.
const std::string kWhileDenoising =
    "pid=$!; for i in $(seq 1200); do ls clips/*.preview.png >/dev/null 2>&1 && break; sleep 0.05; done; ";

TEST_F(Run, ClipOfAKilledWorkerIsMadeByTheNextWorker) {
  write_shots(3, 160);
  const Outcome run =
      folder_.run(kClipmill + " run shots.toml --json --preview-every 20 & " + kWhileDenoising +
                  "kill -9 $(cat /proc/$pid/task/$pid/children); wait $pid");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const json outcome = json::parse(run.out);
  EXPECT_EQ(outcome.at("totals").at("failed"), 0);
  EXPECT_EQ(outcome.at("totals").at("done"), 3);
  EXPECT_THAT(run.err, HasSubstr("signal 9"));
  for (const std::string& file : files()) EXPECT_THAT(file, Not(HasSubstr(".part")));

  const json again = json::parse(clipmill("shots.toml --json").out);
  EXPECT_EQ(again.at("totals").at("done"), 0);
}

TEST_F(Run, InterruptEndsCleanlyAndTheNextRunGoesOn) {
  write_shots(3, 160);
  const Outcome run = folder_.run(kClipmill + " run shots.toml --preview-every 20 & " + kWhileDenoising +
                                  "kill -INT $pid; wait $pid");
  EXPECT_EQ(run.exit_code, 1) << run.err;
  EXPECT_THAT(run.err, HasSubstr("Ctrl-C again quits at once"));
  EXPECT_THAT(run.out, HasSubstr("the same command goes on"));
  for (const std::string& file : files()) EXPECT_THAT(file, Not(HasSubstr(".part")));
  EXPECT_EQ(clipmill("shots.toml").exit_code, 0);
}

/// Wrong usage: exit code 2, a message with all of `words`, and not a file left behind.
struct Wrong {
  std::string arguments;
  std::vector<std::string> words;
};

TEST_F(Run, WrongInputIsRefusedBeforeAnythingRuns) {
  fs::create_directories(folder_ / "empty");
  const std::string base = "--model " + kModel + kPrompt + " --output clip.mp4 ";
  const std::vector<Wrong> wrongs = {
      {"", {"--prompt"}},
      {base + "--width 0 --height 32", {"width"}},
      {base + "--width -16 --height 32", {"width"}},
      {base + "--width 40 --height 32 --frames 5", {"width", "multiple of 16", "48"}},
      {base + kSmall + " --frames 6", {"frames", "4k+1", "5 and 9"}},
      {base + "--size 32x32 --frames 4093", {"frames", "position table"}},
      {base + "--steps many", {"steps", "whole number"}},
      {base + "--fames 5", {"--fames"}},
      {base + kSmall + " --device gpu7", {"gpu7"}},
      {base + kSmall + " --filter nonsense=1", {"nonsense"}},
      {"--model nowhere --output clip.mp4" + kPrompt + kSmall, {"nowhere"}},
      {"--model empty --output clip.mp4" + kPrompt + kSmall, {"empty"}},
      {"--model " + kModel + " --output clip.mp4 --prompt \"$(head -c 100000 /dev/zero | tr '\\0' x)\"" +
           kSmall,
       {"prompt", "100000"}},
      {"missing.toml", {"missing.toml"}},
      {base + kSmall + " --init-latents missing.safetensors", {"init_latents", "missing.safetensors"}},
      {base + kSmall + " --frames-folder made/png --report empty/.", {"empty"}},
      {base + kSmall + " --frames-folder made/png --save-tensors /proc/t", {"/proc/t"}},
      {base + kSmall + " --contact-sheet made/sheet.png --poster empty", {"empty"}},
  };
  for (const auto& [arguments, words] : wrongs) {
    SCOPED_TRACE(arguments.substr(0, 120));
    const Outcome run = clipmill(arguments);
    EXPECT_EQ(run.exit_code, 2) << run.out << run.err;
    for (const std::string& word : words) EXPECT_THAT(run.err, HasSubstr(word));
    EXPECT_THAT(files(), testing::IsEmpty());
    EXPECT_FALSE(fs::exists(folder_ / "made"));
  }
}

TEST_F(Run, ClipsOfOneNameInTwoFoldersHaveTheirOwnPosters) {
  write_shots(2);
  ASSERT_EQ(clipmill("shots.toml --output '{index}/x.mp4'").exit_code, 0);
  EXPECT_THAT(files(),
              testing::IsSupersetOf({"clips/.clipmill/posters/1/x.jpg", "clips/.clipmill/posters/2/x.jpg"}));
}

TEST_F(Run, ManifestProblemsNameFileLineAndTheNearestKey) {
  write("shots.toml", "[defaults]\nmodel = \"" + (kSource / "models/shapes").string() +
                          "\"\n[[clip]]\nprompt = \"x\"\nfames = 5\n");
  const Outcome run = clipmill("shots.toml");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("shots.toml:5"), HasSubstr("fames"), HasSubstr("frames")));
}

TEST_F(Run, FlagsMayStandInAFileAndThoseOfTheCommandLineGoBefore) {
  write("site.toml", "[simulate]\npoisson = 40\ndevices = \"2x8GB\"\npolicy = \"fifo\"\njson = true\n");
  const auto simulate = [&](const std::string& flags) { return folder_.run(kClipmill + " " + flags).out; };
  const std::string from_file = simulate("--config site.toml simulate");
  EXPECT_FALSE(from_file.empty());
  EXPECT_EQ(from_file, simulate("simulate --poisson 40 --devices 2x8GB --policy fifo --json"));
  EXPECT_EQ(simulate("simulate --policy weighted --config site.toml"),
            simulate("simulate --poisson 40 --devices 2x8GB --policy weighted --json"));
}

TEST_F(Run, ProblemsOfAFileOfFlagsNameTheLineAndTheNearest) {
  const auto problem = [&](const std::string& text) {
    write("site.toml", text);
    const Outcome run = folder_.run(kClipmill + " --config site.toml models");
    EXPECT_EQ(run.exit_code, 2) << text;
    return run.err;
  };
  EXPECT_THAT(problem("[daemon]\nlisten = \"x\"\nexpires = \"30d\"\n"),
              AllOf(HasSubstr("site.toml:3"), HasSubstr("expires"), HasSubstr("mean expire?")));
  EXPECT_THAT(problem("[demon]\n"), AllOf(HasSubstr("site.toml:1"), HasSubstr("mean daemon?")));
  EXPECT_THAT(problem("device = \"cpu\"\n"), AllOf(HasSubstr("site.toml:1"), HasSubstr("device")));
  EXPECT_THAT(problem("run = 3\n"), HasSubstr("[run]"));
  EXPECT_THAT(problem("[run]\nsteps = 2020-01-01\n"), AllOf(HasSubstr("site.toml:2"), HasSubstr("steps")));
  EXPECT_THAT(problem("[run\n"), HasSubstr("site.toml:1"));
  EXPECT_EQ(folder_.run(kClipmill + " --config nowhere.toml models").exit_code, 2);
}

TEST_F(Run, UnwritableOutputIsFoundBeforeAnythingRuns) {
  write("file", "not a folder");
  const Outcome run = one("--output file/clip.mp4");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("file/clip.mp4"));
  EXPECT_THAT(files(), testing::ElementsAre("file"));
}

class DamagedModel : public Run {
 protected:
  void SetUp() override {
    fs::copy(kSource / "tests/golden/models/wan21", folder_ / "model", fs::copy_options::recursive);
  }

  void expect_refused(const std::vector<std::string>& words) const {
    const Outcome run =
        clipmill("--model model --prompt x --size 48x32 --frames 5 --steps 1 --output clip.mp4");
    EXPECT_EQ(run.exit_code, 2) << run.out;
    for (const std::string& word : words) EXPECT_THAT(run.err, HasSubstr(word));
    EXPECT_FALSE(fs::exists(folder_ / "clip.mp4"));
  }

  fs::path file(const std::string& below) const { return folder_ / ("model/" + below); }
};

TEST_F(DamagedModel, TruncatedTensors) {
  const fs::path vae = file("vae/diffusion_pytorch_model.safetensors");
  fs::resize_file(vae, fs::file_size(vae) - 1000);
  expect_refused({"vae/diffusion_pytorch_model.safetensors"});
}

TEST_F(DamagedModel, MissingShard) {
  fs::remove(file("transformer/diffusion_pytorch_model-00002-of-00003.safetensors"));
  expect_refused({"diffusion_pytorch_model-00002-of-00003.safetensors"});
}

TEST_F(DamagedModel, HeaderThatLies) {
  std::fstream stream(file("vae/diffusion_pytorch_model.safetensors"),
                      std::ios::in | std::ios::out | std::ios::binary);
  stream.write("\xff\xff\xff\xff\xff\xff\xff\x7f", 8);
  stream.close();
  expect_refused({"vae/diffusion_pytorch_model.safetensors"});
}

TEST_F(DamagedModel, ConfigurationThatDoesNotFitTheTensors) {
  json config = json::parse(content_of(file("transformer/config.json")));
  config["ffn_dim"] = 164;
  std::ofstream(file("transformer/config.json")) << config;
  expect_refused({"transformer", "ffn.net"});
}

TEST_F(DamagedModel, UnknownClass) {
  json index = json::parse(content_of(file("model_index.json")));
  index["transformer"][1] = "HunyuanVideoTransformer3DModel";
  std::ofstream(file("model_index.json")) << index;
  expect_refused({"model_index.json", "HunyuanVideoTransformer3DModel", "WanTransformer3DModel"});
}

TEST_F(DamagedModel, InitialLatentsOfAnotherShape) {
  const Outcome run =
      clipmill("--model " + quoted(kSource / "tests/golden/models/wan21") +
               " --prompt x --size 96x48 --frames 5 --steps 1 --output clip.mp4 --init-latents " +
               quoted(kSource / "tests/golden/pipelines/wan21/init_latents.safetensors"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out + run.err, AllOf(HasSubstr("init_latents.safetensors"), HasSubstr("shape")));
  EXPECT_FALSE(fs::exists(folder_ / "clip.mp4"));
}

/// The final latents of a clip by a small random checkpoint.
class LoraRun : public Run {
 protected:
  Outcome clip(const std::string& model, const std::string& name, const std::string& flags) const {
    return clipmill("--model " + quoted(kSource / "tests/golden/models" / model) +
                    " --prompt x --size 48x32 --frames 5 --steps 2 --guidance 1 " + flags +
                    " --save-tensors " + name + " --output " + name + ".mp4");
  }
  std::string latents(const std::string& model, const std::string& name, const std::string& flags) const {
    const Outcome run = clip(model, name, flags);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return content_of(folder_ / name / "latents.safetensors");
  }
  static std::string lora(const std::string& name) {
    return quoted(kSource / "tests/golden/lora" / (name + ".safetensors"));
  }
};

TEST_F(LoraRun, EveryKeyStyleChangesTheClipAlike) {
  const std::string plain = latents("wan21", "plain", ""),
                    kohya = latents("wan21", "kohya", "--lora " + lora("kohya"));
  EXPECT_NE(kohya, plain);
  EXPECT_EQ(latents("wan21", "original", "--lora " + lora("original")), kohya);
  EXPECT_EQ(latents("wan21", "diffusers", "--lora " + lora("diffusers")), kohya);
  EXPECT_NE(latents("wan21", "half", "--lora " + lora("kohya") + ":0.5"), kohya);
  EXPECT_NE(latents("wan21", "two", "--lora " + lora("kohya") + " --lora " + lora("patterns")), kohya);
  EXPECT_EQ(latents("wan21", "none", "--lora " + lora("kohya") + ":0"), plain);
}

/// A LoRA of rank 1 on one layer of 32 channels, all its numbers 0.3.
std::string small_lora() {
  const std::string layer = "transformer.blocks.0.attn2.to_out.0.lora_";
  const json header = {
      {layer + "A.weight", {{"dtype", "F32"}, {"shape", {1, 32}}, {"data_offsets", {0, 128}}}},
      {layer + "B.weight", {{"dtype", "F32"}, {"shape", {32, 1}}, {"data_offsets", {128, 256}}}}};
  const std::string text = header.dump();
  const std::uint64_t size = text.size();
  const std::vector<float> numbers(64, 0.3f);
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + text +
         std::string(reinterpret_cast<const char*>(numbers.data()), 256);
}

TEST_F(LoraRun, EachOfTwoTransformersHasItsOwn) {
  write("small.safetensors", small_lora());
  const std::string plain = latents("two_transformers", "plain", ""),
                    high = latents("two_transformers", "high", "--lora small.safetensors");
  const std::string low = latents("two_transformers", "low", "--lora-2 small.safetensors");
  EXPECT_NE(high, plain);
  EXPECT_NE(low, plain);
  EXPECT_NE(low, high);
}

TEST_F(LoraRun, OneThatDoesNotFitIsRefusedByName) {
  const Outcome run =
      clipmill("--model " + kModel + kPrompt + kSmall + " --lora " + lora("kohya") + " --output clip.mp4");
  EXPECT_EQ(run.exit_code, 2) << run.out;
  EXPECT_THAT(run.err, AllOf(HasSubstr("kohya.safetensors"), HasSubstr("blocks")));
  const Outcome second = clip("wan21", "second", "--lora-2 " + lora("kohya"));
  EXPECT_EQ(second.exit_code, 2) << second.out;
  EXPECT_THAT(second.err, HasSubstr("use lora instead of lora_2"));
}

TEST_F(Run, FullDiskFailsTheClipAndLeavesNothing) {
  // A limit on file sizes stands for the disk: it needs no root. EFBIG instead of ENOSPC, the same path.
  const Outcome run = folder_.run("trap '' XFSZ; ulimit -f 1; " + kClipmill + " run --model " + kModel +
                                  kPrompt + kSmall + " --output-size 640x640 --crf 0 --output clip.mp4");
  EXPECT_EQ(run.exit_code, 1) << run.out;
  EXPECT_THAT(run.out + run.err, AllOf(HasSubstr("clip.mp4"), HasSubstr("File too large")));
  EXPECT_FALSE(fs::exists(folder_ / "clip.mp4"));
  for (const std::string& file : files()) EXPECT_THAT(file, Not(HasSubstr(".part")));
}

}  // namespace
}  // namespace clipmill
