// Clips that a program of the user's makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manifest/manifest.h"

namespace clipmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kCommandManifest = R"(
output_folder = "clips"
[defaults]
engine = "command"
command = ["python3", "my make.py", "--prompt", "{prompt}", "{{}}"]
env = ["A=1", "B=two words"]
memory = "12GB"
time_limit = 60
progress = 'step (\d+) of (\d+)'
tracemalloc = 10
[[clip]]
prompt = "a cat"
size = "101x33"
frames = 7
output = "cat.webm"
[[clip]]
command = "sh -c 'echo \"$CLIPMILL_SEED\" > \"$CLIPMILL_OUTPUT\"'"
output = "seed.txt"
working_folder = "scripts"
)";

ModelLimits no_model(const std::string& model) { throw input_error("looked for {}", model); }

std::vector<std::string> messages(const std::vector<Diagnostic>& problems) {
  std::vector<std::string> all;
  for (const Diagnostic& problem : problems) all.push_back(problem.message);
  return all;
}

TEST(CommandClips, NeedNoModelAndNoShapeOfIts) {
  Manifest manifest = parse_manifest(kCommandManifest, Format::kToml, "m.toml", {});
  resolve_paths(manifest, "/out", "/films/shots");
  ASSERT_EQ(manifest.jobs.size(), 2u);
  const CommandSpec& command = manifest.jobs[0].command;
  EXPECT_EQ(manifest.jobs[0].kind, JobKind::kCommand);
  EXPECT_THAT(command.words, ElementsAre("python3", "my make.py", "--prompt", "{prompt}", "{{}}"));
  EXPECT_THAT(command.variables, ElementsAre("A=1", "B=two words"));
  EXPECT_EQ(command.memory_bytes, 12'000'000'000);
  EXPECT_EQ(command.tracemalloc, 10);
  EXPECT_EQ(command.working_folder, "/films/shots/");
  EXPECT_EQ(manifest.jobs[0].output, "/out/cat.webm");
  EXPECT_THAT(manifest.jobs[1].command.words,
              ElementsAre("sh", "-c", R"(echo "$CLIPMILL_SEED" > "$CLIPMILL_OUTPUT")"));
  EXPECT_EQ(manifest.jobs[1].command.working_folder, "/films/shots/scripts");
  EXPECT_THAT(messages(check_limits(manifest, no_model)), ElementsAre());
}

TEST(CommandClips, EngineAndCommandBelongTogether) {
  const auto problems_of = [](const std::string& text) {
    return messages(check_limits(parse_manifest(text, Format::kToml, "m.toml", {}), no_model));
  };
  EXPECT_THAT(problems_of("[[clip]]\nengine = \"command\"\n"), ElementsAre(HasSubstr("command is missing")));
  EXPECT_THAT(problems_of("[[clip]]\nprompt = \"x\"\nmodel = \"m\"\ncommand = \"make\"\n"),
              ElementsAre("command is for engine = \"command\"", "looked for m"));
}

TEST(CommandClips, SayWhereAPlaceholderIsWrong) {
  try {
    parse_manifest("[[clip]]\nengine = \"command\"\ncommand = [\"make\", \"{sed}\"]\n", Format::kToml,
                   "m.toml", {});
    FAIL();
  } catch (const ManifestError& error) {
    EXPECT_EQ(error.diagnostics().at(0).line, 3);
    EXPECT_THAT(error.diagnostics().at(0).message,
                HasSubstr("command has an unknown placeholder {sed}: did you mean {seed}?"));
  }
}

TEST(CommandClips, AreTheSameInTheOtherFormats) {
  const auto words_of = [](const std::string& text, Format format) {
    return parse_manifest(text, format, "m", {}).jobs.at(0).command.words;
  };
  EXPECT_THAT(words_of(R"({"engine": "command", "command": ["a b", "{seed}"]})", Format::kJsonLines),
              ElementsAre("a b", "{seed}"));
  EXPECT_THAT(words_of("engine,command\ncommand,'a b' {seed}\n", Format::kCsv), ElementsAre("a b", "{seed}"));
}

}  // namespace
}  // namespace clipmill
