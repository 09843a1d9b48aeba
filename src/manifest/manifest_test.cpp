#include "manifest/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/atomic_file.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

Manifest toml(std::string_view text, std::span<const Override> overrides = {}, const JobSpec& base = {}) {
  return parse_manifest(text, Format::kToml, "shots.toml", base, overrides);
}

std::string error_of(std::string_view text, Format format = Format::kToml,
                     std::span<const Override> overrides = {}) {
  constexpr std::string_view kNames[] = {"shots.toml", "shots.jsonl", "shots.csv"};
  try {
    parse_manifest(text, format, kNames[static_cast<int>(format)], {}, overrides);
  } catch (const ManifestError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "no error";
}

std::vector<std::string> outputs(const Manifest& manifest) {
  std::vector<std::string> all;
  for (const JobSpec& job : manifest.jobs) all.push_back(job.output);
  return all;
}

std::vector<std::uint64_t> seeds(const Manifest& manifest) {
  std::vector<std::uint64_t> all;
  for (const JobSpec& job : manifest.jobs) all.push_back(job.clip.seed);
  return all;
}

TEST(Manifest, LaterLayersWin) {
  JobSpec base;
  base.clip.steps = 1;
  base.clip.frames = 1;
  base.clip.fps = 1;
  base.clip.guidance = 1;
  base.clip.crf = 1;
  const std::vector<Override> overrides = {{"crf", std::int64_t{5}}};
  const Manifest manifest = toml(R"(
frames = 5
fps = 2
guidance = 2
crf = 2
[defaults]
fps = 3
guidance = 3
crf = 3
[[clip]]
prompt = "a"
guidance = 4
crf = 4
)",
                                 overrides, base);
  ASSERT_EQ(manifest.jobs.size(), 1u);
  const ClipSpec& clip = manifest.jobs[0].clip;
  EXPECT_EQ(clip.steps, 1);
  EXPECT_EQ(clip.frames, 5);
  EXPECT_EQ(clip.fps, 3);
  EXPECT_EQ(clip.guidance, 4);
  EXPECT_EQ(clip.crf, 5);
  EXPECT_THAT(manifest.lines, ElementsAre(10));
}

TEST(Manifest, PartsWinOverTheirShorthand) {
  const Manifest manifest = toml("[[clip]]\nwidth = 128\nsize = \"64x48\"\nprompt = \"a\"\n");
  EXPECT_EQ(manifest.jobs[0].clip.width, 128);
  EXPECT_EQ(manifest.jobs[0].clip.height, 48);
}

TEST(Manifest, NamesComeFromIndexAndPrompt) {
  const Manifest manifest = toml(R"(
[[clip]]
prompt = "A red circle"
[[clip]]
prompt = "一只猫"
count = 2
seed = 7
[[clip]]
prompt = "b"
output = "{seed}/{index}.mp4"
)");
  EXPECT_THAT(outputs(manifest),
              ElementsAre("001-a-red-circle.mp4", "002-一只猫-7.mp4", "002-一只猫-8.mp4", "0/3.mp4"));
  EXPECT_THAT(manifest.lines, ElementsAre(2, 4, 4, 8));
}

TEST(Manifest, EverythingThatIsWrittenIsATemplate) {
  const Manifest manifest = toml(
      "poster = \"p/{index}.jpg\"\nsave_tensors = \"t-{seed}\"\n[[clip]]\nprompt = \"a\"\nseeds = [3]\n");
  EXPECT_EQ(manifest.jobs[0].poster, "p/1.jpg");
  EXPECT_EQ(manifest.jobs[0].save_tensors, "t-3");
}

TEST(Manifest, SweepsAreListsRangesOrCounts) {
  const std::string clip = "[[clip]]\nprompt = \"a\"\n";
  EXPECT_THAT(seeds(toml(clip + "seeds = [5, 3]")), ElementsAre(5, 3));
  EXPECT_THAT(seeds(toml(clip + "seeds = \"1..3\"")), ElementsAre(1, 2, 3));
  EXPECT_THAT(seeds(toml(clip + "seeds = 9")), ElementsAre(9));
  EXPECT_THAT(seeds(toml(clip + "count = 3")), ElementsAre(0, 1, 2));
}

TEST(Manifest, ALayerThatSpeaksOfSeedsReplacesTheSweepBelow) {
  const std::string clip = "[[clip]]\nprompt = \"a\"\n";
  EXPECT_THAT(seeds(toml("seeds = [1, 2]\n" + clip)), ElementsAre(1, 2));
  EXPECT_THAT(seeds(toml("seeds = [1, 2]\n" + clip + "seed = 5")), ElementsAre(5));
  EXPECT_THAT(seeds(toml("seeds = [1, 2]\n" + clip + "count = 3")), ElementsAre(0, 1, 2));
  EXPECT_THAT(seeds(toml("count = 2\n" + clip + "seed = 5")), ElementsAre(5, 6));
  EXPECT_THAT(seeds(toml("count = 2\n" + clip + "seeds = [9]")), ElementsAre(9));
  const std::vector<Override> seed = {{"seed", std::int64_t{7}}};
  EXPECT_THAT(seeds(toml(clip + "seeds = [1, 2]", seed)), ElementsAre(7));
  EXPECT_THAT(seeds(toml(clip + "count = 2", seed)), ElementsAre(7, 8));
  const std::vector<Override> sweep = {{"seeds", "4..5"}};
  EXPECT_THAT(seeds(toml(clip + "seed = 1", sweep)), ElementsAre(4, 5));
}

TEST(Manifest, FlagsAloneAreAManifestToo) {
  const std::vector<Override> overrides = {{"prompt", "a cat"}, {"count", std::int64_t{2}}};
  EXPECT_THAT(outputs(manifest_of_flags({}, overrides)), ElementsAre("001-a-cat-0.mp4", "001-a-cat-1.mp4"));
  try {
    manifest_of_flags({}, {});
    FAIL();
  } catch (const ManifestError& error) {
    EXPECT_STREQ(error.what(), "command line: prompt is missing");
  }
}

TEST(Manifest, JsonLinesAndCsvSetTheSameKeys) {
  const Manifest jsonl =
      parse_manifest("\xEF\xBB\xBF{\"prompt\": \"a\", \"seeds\": [1, 2]}\r\n\n{\"prompt\": \"b\"}",
                     Format::kJsonLines, "a.jsonl", {});
  EXPECT_THAT(jsonl.lines, ElementsAre(1, 1, 3));
  EXPECT_THAT(seeds(jsonl), ElementsAre(1, 2, 0));
  const Manifest csv =
      parse_manifest("\xEF\xBB\xBFprompt, frames ,seeds\r\n\"a\nb\", 17 ,1..2\r\n,,\r\n\r\nc,,\r\n",
                     Format::kCsv, "a.csv", {});
  EXPECT_THAT(csv.lines, ElementsAre(2, 2, 6));
  EXPECT_EQ(csv.jobs[0].clip.prompt, "a\nb");
  EXPECT_EQ(csv.jobs[0].clip.frames, 17);
  EXPECT_EQ(csv.jobs[2].clip.frames, 81);
}

TEST(ManifestErrors, AllAreToldAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(error_of(R"(fames = 3
seed = "x"
[default]
a = 1
[[clip]]
prompt = "a"
frames = true
width = 0
seeds = [1, 2.5]
[[clip]]
seed = 1979-05-27
count = 0
[[clip]]
seeds = [1]
seed = 1
prompt = 7
[[clip]]
steps = 5
[[clip]]
prompt = "x"
output = "{indx}.mp4"
)"),
            R"(shots.toml:1: unknown key "fames": did you mean "frames"?
shots.toml:2: seed must be a whole number, not "x"
shots.toml:3: unknown table "default": did you mean [defaults]?
shots.toml:7: frames must be a number, not a boolean
shots.toml:8: width must be from 1 to 16384, not 0
shots.toml:9: seeds must be seeds as [1, 2, 3], "1..8" or "1,2,3"
shots.toml:11: seed must be a number, not a date or time
shots.toml:12: count must be a whole number from 1 to 10000
shots.toml:14: seeds is a list of its own: leave out seed and count
shots.toml:16: prompt must be a text in quotes, not 7
shots.toml:17: prompt is missing
shots.toml:21: output has an unknown placeholder {indx}: did you mean {index}?)");
}

TEST(ManifestErrors, TablesMustBeTheRightOnes) {
  EXPECT_EQ(error_of("[clip]\nprompt = \"a\""), "shots.toml:1: each clip is a table of its own: [[clip]]");
  EXPECT_EQ(error_of("[[clips]]\nprompt = \"a\""),
            "shots.toml:1: unknown table \"clips\": did you mean [[clip]]?");
  EXPECT_EQ(error_of("[[defaults]]\nsteps = 1"), "shots.toml:1: defaults must be one table: [defaults]");
  EXPECT_EQ(error_of("[something]\n[[clip]]\nprompt = \"a\""),
            "shots.toml:1: unknown table \"something\": there are [defaults] and [[clip]]");
  EXPECT_EQ(error_of("output_folder = 3\n[[clip]]\nprompt = \"a\""),
            "shots.toml:1: output_folder must be a text in quotes");
}

TEST(ManifestErrors, LettersOfAllScriptsAreOnlyLetters) {
  EXPECT_THAT(error_of("é = 1\n"), HasSubstr("shots.toml:1: "));
  EXPECT_THAT(error_of("\nかな = 1\n"), HasSubstr("shots.toml:2: "));
  EXPECT_THAT(error_of("[[clip]]\n\"é\" = 1\nprompt = \"\"\"\\\né, ж, か\"\"\""),
              HasSubstr("shots.toml:2: unknown key \"é\""));
}

TEST(ManifestErrors, WhatIsNotTheFormatIsToldWithItsLine) {
  EXPECT_THAT(error_of("steps = 5\nwidth = = 3\n"), HasSubstr("shots.toml:2: "));
  EXPECT_THAT(error_of("a = 1\na = 2\n"), HasSubstr("shots.toml:2: "));
  EXPECT_THAT(error_of("prompt = \"\xFF\"\n"), HasSubstr("shots.toml:1: "));
  EXPECT_EQ(error_of("{\"prompt\": \"a\"}\n\n{\"prompt\": }\n[1]\n{\"prompt\": \"a\", \"prompt\": "
                     "\"b\"}\n{\"crf\": 1e999}",
                     Format::kJsonLines),
            "shots.jsonl:3: not JSON: syntax error while parsing value - unexpected '}'; expected '[', '{', "
            "or a literal\n"
            "shots.jsonl:4: each line is an object: {\"prompt\": \"…\"}\n"
            "shots.jsonl:5: key \"prompt\" twice\n"
            "shots.jsonl:6: not JSON: number overflow parsing '1e999'");
  EXPECT_EQ(error_of("prompt,fames,prompt\na,b\n\n\"a\nb\",1,2,3\n\"c", Format::kCsv),
            "shots.csv:1: key \"prompt\" twice\n"
            "shots.csv:1: unknown key \"fames\": did you mean \"frames\"?\n"
            "shots.csv:2: 2 fields, but the header names 3\n"
            "shots.csv:4: 4 fields, but the header names 3\n"
            "shots.csv:6: a quoted field without its closing quote");
  EXPECT_EQ(error_of("prompt,frames\na,x\nb,\n", Format::kCsv),
            "shots.csv:2: frames must be a whole number, not \"x\"");
}

TEST(ManifestErrors, NothingToMakeIsAnError) {
  EXPECT_EQ(error_of("", Format::kToml), "shots.toml: no clips in it");
  EXPECT_EQ(error_of("\n", Format::kJsonLines), "shots.jsonl: no clips in it");
  EXPECT_EQ(error_of("prompt,frames\n", Format::kCsv), "shots.csv: no clips in it");
}

TEST(ManifestErrors, TwoClipsOfOneNameNameBothLines) {
  EXPECT_EQ(error_of("[[clip]]\nprompt = \"a\"\noutput = \"x/../a.mp4\"\n[[clip]]\nprompt = \"b\"\noutput = "
                     "\"a.mp4\"\n"),
            "shots.toml:4: output \"a.mp4\" is also written by the clip of line 1: put {index} or {seed} "
            "into the name");
  EXPECT_THAT(error_of("[[clip]]\nprompt = \"a\"\ncount = 3\noutput = \"a.mp4\"\n"),
              HasSubstr("shots.toml:1: output"));
  EXPECT_THAT(error_of("save_tensors = \"t\"\n[[clip]]\nprompt = \"a\"\n[[clip]]\nprompt = \"b\"\n"),
              HasSubstr("shots.toml:4: save_tensors \"t\""));
}

TEST(ManifestErrors, OutputsNameClips) {
  for (const char* output : {"folder/", "..", "clip.avi"}) {
    EXPECT_THAT(error_of(fmt::format("[[clip]]\nprompt = \"a\"\noutput = \"{}\"\n", output)),
                HasSubstr("must end in .mp4"));
  }
}

TEST(ManifestErrors, LongPromptsNameTheirLengthAndTheLimit) {
  const std::string prompt(100'000, 'x');
  EXPECT_EQ(error_of("\n[[clip]]\nprompt = \"" + prompt + "\"\n"),
            "shots.toml:3: prompt is 100000 bytes long: at most 20000");
  EXPECT_EQ(error_of("{\"negative_prompt\": \"" + prompt + "\"}", Format::kJsonLines),
            "shots.jsonl:1: negative_prompt is 100000 bytes long: at most 20000");
}

TEST(ManifestErrors, AfterTwentyTheRestIsCounted) {
  std::string text;
  for (int i = 0; i < 25; ++i) text += "[[clip]]\n";
  const std::string error = error_of(text);
  EXPECT_THAT(error, testing::EndsWith("shots.toml:20: prompt is missing\nand 5 more"));
}

TEST(ManifestErrors, SweepsHaveTheirLimit) {
  std::string text;
  for (int i = 0; i < 11; ++i) text += "[[clip]]\nprompt = \"a\"\ncount = 10000\n";
  EXPECT_EQ(error_of(text), "shots.toml:31: more than 100000 clips in one manifest");
}

TEST(ManifestErrors, WrongFlagsAreTheCommandLines) {
  const std::vector<Override> overrides = {{"fames", std::int64_t{1}}, {"crf", std::int64_t{99}}};
  EXPECT_EQ(error_of("[[clip]]\nprompt = \"a\"", Format::kToml, overrides),
            "command line: crf must be from 0 to 51, not 99\ncommand line: unknown key \"fames\": did you "
            "mean \"frames\"?");
}

TEST(CheckLimits, NamesTheLinesAndAsksOnceForEachModel) {
  const Manifest manifest = toml(R"(model = "m"
[[clip]]
prompt = "a"
width = 65
count = 3
[[clip]]
prompt = "b"
frames = 18
[[clip]]
prompt = "c"
model = "missing"
[[clip]]
prompt = "d"
model = "missing"
)");
  int asked = 0;
  const auto problems = check_limits(manifest, [&](const std::string& model) {
    ++asked;
    if (model == "missing") throw input_error("missing: no such folder");
    return ModelLimits{};
  });
  EXPECT_EQ(asked, 2);
  std::vector<std::string> shown;
  for (const Diagnostic& problem : problems) shown.push_back(to_string(problem));
  EXPECT_THAT(shown,
              ElementsAre("shots.toml:2: width must be a positive multiple of 16, not 65: the nearest is 64",
                          "shots.toml:6: frames must be 4k+1, not 18: the nearest are 17 and 21",
                          "shots.toml:9: missing: no such folder"));
  EXPECT_THAT(to_string(check_limits(toml("[[clip]]\nprompt = \"a\""), {}).at(0)),
              HasSubstr("model is missing"));
}

class ManifestFiles : public testing::Test {
 protected:
  ManifestFiles() {
    std::string name = testing::TempDir() + "manifest-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~ManifestFiles() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(ManifestFiles, AreKnownByTheirExtension) {
  write_file(folder_ / "a.toml", "[[clip]]\nprompt = \"a\"");
  write_file(folder_ / "a.ndjson", "{\"prompt\": \"a\"}");
  write_file(folder_ / "a.csv", "prompt\na");
  write_file(folder_ / "a.yaml", "prompt: a");
  for (const char* name : {"a.toml", "a.ndjson", "a.csv"}) {
    EXPECT_THAT(outputs(read_manifest(folder_ / name, {})), ElementsAre("001-a.mp4")) << name;
  }
  try {
    read_manifest(folder_ / "a.yaml", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("a.yaml: a manifest is .toml, .jsonl (or .ndjson) or .csv"));
  }
  EXPECT_THROW(read_manifest(folder_ / "missing.toml", {}), Error);
}

TEST_F(ManifestFiles, PathsAreResolvedBesideTheManifestFirst) {
  fs::create_directories(folder_ / "models" / "here");
  Manifest manifest = toml(R"(
[[clip]]
prompt = "a"
model = "models/here"
poster = "p.jpg"
[[clip]]
prompt = "b"
model = "models/elsewhere"
output = "/somewhere/b.mp4"
)");
  resolve_paths(manifest, folder_ / "clips", folder_);
  EXPECT_EQ(manifest.jobs[0].model, (folder_ / "models/here").string());
  EXPECT_EQ(manifest.jobs[0].output, (folder_ / "clips/001-a.mp4").string());
  EXPECT_EQ(manifest.jobs[0].poster, (folder_ / "clips/p.jpg").string());
  EXPECT_EQ(manifest.jobs[0].contact_sheet, "");
  EXPECT_EQ(manifest.jobs[1].model, (fs::current_path() / "models/elsewhere").string());
  EXPECT_EQ(manifest.jobs[1].output, "/somewhere/b.mp4");
}

TEST_F(ManifestFiles, PathsThatMeetOnceResolvedAreAnError) {
  Manifest manifest =
      toml("[[clip]]\nprompt = \"a\"\noutput = \"/x/a.mp4\"\n[[clip]]\nprompt = \"b\"\noutput = \"a.mp4\"");
  EXPECT_THROW(resolve_paths(manifest, "/x", folder_), ManifestError);
}

TEST(Examples, AreFineAndShowTheWholeWorld) {
  const fs::path examples = fs::path(CLIPMILL_SOURCE_DIR) / "examples";
  EXPECT_EQ(read_manifest(examples / "shots.jsonl", {}).jobs.size(), 4u);
  EXPECT_EQ(read_manifest(examples / "shots.csv", {}).jobs.size(), 4u);
  const Manifest manifest = read_manifest(examples / "shots.toml", {});
  EXPECT_GE(manifest.jobs.size(), 12u);
  EXPECT_TRUE(check_limits(manifest, [](const std::string&) { return ModelLimits{}; }).empty());
  std::string prompts;
  for (const JobSpec& job : manifest.jobs) prompts += job.clip.prompt + " ";
  for (const char* word : {"circle", "square", "triangle", "red", "green", "blue", "yellow", "purple", "cyan",
                           "left", "right", "up", "down", "growing", "shrinking", "black", "white", "gray"}) {
    EXPECT_THAT(prompts, HasSubstr(word));
  }
}

}  // namespace
}  // namespace clipmill
