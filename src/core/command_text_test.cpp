#include "core/command_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "core/job_fields.h"

namespace clipmill {
namespace {

using testing::HasSubstr;

std::string command_error(std::string_view key, const FieldValue& value) {
  JobSpec job;
  try {
    find_job_field(key)->set(job, value);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(CommandText, FillsEveryPlaceholder) {
  JobSpec job;
  job.clip.prompt = "a {seed} 'cat'";
  job.clip.negative_prompt = "dogs";
  job.clip.seed = 7;
  job.clip.fps = 23.976;
  job.clip.guidance = 5;
  job.model = "/models/m";
  const CommandPlace place{"/out/.x.part.mp4", "cuda:1"};
  EXPECT_EQ(fill_command_text("{prompt}|{negative_prompt}|{seed}|{width}x{height}|{frames}|{fps}|{steps}|"
                              "{guidance}|{model}|{output}|{device}|{{}}",
                              job, place),
            "a {seed} 'cat'|dogs|7|832x480|81|23.976|50|5|/models/m|/out/.x.part.mp4|cuda:1|{}");
}

TEST(CommandText, AnUnknownPlaceholderNamesTheNearest) {
  EXPECT_THAT(command_error("command", "make {promt}"), HasSubstr("{promt}: did you mean {prompt}?"));
  EXPECT_THAT(command_error("command", "make {zzzzzzz}"), HasSubstr("there are {prompt}, {negative_prompt}"));
  EXPECT_THAT(command_error("command", "make '{\"a\": 1}'"), HasSubstr("write {{ for a brace"));
  EXPECT_THAT(command_error("env", "A={promt}"), HasSubstr("did you mean {prompt}?"));
  EXPECT_THAT(command_error("command", "make {prompt"), HasSubstr("{ without its }"));
}

TEST(CommandFields, SayWhatIsAllowed) {
  EXPECT_EQ(command_error("engine", "comand"), "must be clipmill or command, not \"comand\"");
  EXPECT_EQ(command_error("env", "=x"), "must be NAME=VALUE, not \"=x\"");
  EXPECT_EQ(command_error("env", "A"), "must be NAME=VALUE, not \"A\"");
  EXPECT_THAT(command_error("command", "'make"), HasSubstr("left open"));
  EXPECT_THAT(command_error("memory", "much"), HasSubstr("much"));
  EXPECT_THAT(command_error("progress", "("), HasSubstr("must be a regular expression"));
  EXPECT_THAT(command_error("progress", "abc"), HasSubstr("one group, a percentage, or two"));
  EXPECT_THAT(command_error("progress", "(a)(b)(c)"), HasSubstr("not 3"));
  EXPECT_EQ(command_error("time_limit", -1.0), "must be from 0 to 1e+07, not -1");
}

TEST(CommandFields, TravelAsJson) {
  JobSpec job;
  find_job_field("engine")->set(job, "command");
  find_job_field("command")->set(job, "python3 'my script.py' {output}");
  find_job_field("env")->set(job, "A=1 'B=2 3'");
  find_job_field("memory")->set(job, "12GB");
  find_job_field("output")->set(job, "clip.webm");
  const JobSpec back = job_from_json(nlohmann::json::parse(to_json(job).dump()));
  EXPECT_EQ(back.kind, JobKind::kCommand);
  EXPECT_EQ(back.command.words, (std::vector<std::string>{"python3", "my script.py", "{output}"}));
  EXPECT_EQ(back.command.variables, (std::vector<std::string>{"A=1", "B=2 3"}));
  EXPECT_EQ(back.command.memory_bytes, 12'000'000'000);
  EXPECT_EQ(back.output, "clip.webm");
}

}  // namespace
}  // namespace clipmill
