#include "core/job_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/job_generator.h"

namespace clipmill {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view key, const FieldValue& value) {
  JobSpec job;
  try {
    find_job_field(key)->set(job, value);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "no error";
}

TEST(JobFields, KeysAreFlagsToBe) {
  std::set<std::string_view> keys;
  for (const JobField& field : job_fields()) {
    EXPECT_TRUE(keys.insert(field.key).second) << field.key;
    EXPECT_EQ(field.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789"), field.key.npos)
        << field.key;
    EXPECT_FALSE(field.help.empty()) << field.key;
    EXPECT_EQ(find_job_field(field.key), &field);
  }
  EXPECT_EQ(find_job_field("fames"), nullptr);
}

TEST(JobFields, DefaultsAreValuesTheTableItselfAccepts) {
  const JobSpec defaults;
  for (const JobField& field : job_fields()) {
    JobSpec job;
    const auto value = field.get(defaults);
    if (value) {
      EXPECT_NO_THROW(field.set(job, *value)) << field.key;
    }
  }
}

RC_GTEST_PROP(JobFields, WhatIsSetIsWhatIsGot, ()) {
  for (const JobField& field : job_fields()) {
    const FieldValue value = *test::value_of(field);
    JobSpec job;
    field.set(job, value);
    const auto back = field.get(job);
    if (!back) continue;  // a shorthand, or an empty text
    JobSpec again;
    field.set(again, *back);
    RC_ASSERT(to_json(again) == to_json(job));
  }
}

RC_GTEST_PROP(JobFields, JsonBringsEveryJobBack, ()) {
  const JobSpec job = *test::job();
  const std::string text = to_json(job).dump();
  const JobSpec back = job_from_json(nlohmann::json::parse(text));
  RC_ASSERT(to_json(back).dump() == text);
  RC_ASSERT(back.clip.prompt == job.clip.prompt);
  RC_ASSERT(back.clip.guidance == job.clip.guidance);
  RC_ASSERT(back.clip.seed == job.clip.seed);
  RC_ASSERT(back.clip.guidance_2 == job.clip.guidance_2);
  RC_ASSERT(back.clip.output_width == job.clip.output_width);
}

TEST(JobFields, ShorthandsSetTheirParts) {
  JobSpec job;
  find_job_field("size")->set(job, "64x48");
  find_job_field("output_size")->set(job, "1920x1080");
  EXPECT_EQ(job.clip.width, 64);
  EXPECT_EQ(job.clip.height, 48);
  EXPECT_EQ(job.clip.output_width, 1920);
  EXPECT_EQ(job.clip.output_height, 1080);
  for (const char* size : {"", "64", "64x", "x64", "64x48x2", "64X48", "-64x48", "0x48", "64x16385",
                           "99999999999x1", " 64x48"}) {
    EXPECT_THAT(error_of("size", size), HasSubstr("WIDTHxHEIGHT")) << size;
  }
}

TEST(JobFields, ErrorsSayWhatIsAllowed) {
  EXPECT_EQ(error_of("width", std::int64_t{0}), "must be from 1 to 16384, not 0");
  EXPECT_EQ(error_of("width", std::int64_t{-64}), "must be from 1 to 16384, not -64");
  EXPECT_EQ(error_of("width", 64.5), "must be a whole number, not \"64.5\"");
  EXPECT_EQ(error_of("width", "64"), "must be a whole number, not \"64\"");
  EXPECT_EQ(error_of("guidance", "5"), "must be a number, not \"5\"");
  EXPECT_EQ(error_of("guidance", 1e9), "must be from 0 to 100, not 1e+09");
  EXPECT_EQ(error_of("guidance", std::nan("")), "must be from 0 to 100, not nan");
  EXPECT_EQ(error_of("prompt", std::int64_t{7}), "must be a text in quotes, not 7");
  EXPECT_EQ(error_of("precision", "fp8"), "must be fp32, bf16 or fp16, not \"fp8\"");
  EXPECT_EQ(error_of("sampler", "ddim"), "must be auto, unipc or euler, not \"ddim\"");
  EXPECT_EQ(error_of("seed", std::int64_t{-1}), "must be from 0 to 9223372036854775807, not -1");
}

TEST(JobFields, NumbersOfEitherKindWillDoWhereTheyMeanTheSame) {
  JobSpec job;
  find_job_field("frames")->set(job, 17.0);
  find_job_field("fps")->set(job, std::int64_t{24});
  EXPECT_EQ(job.clip.frames, 17);
  EXPECT_EQ(job.clip.fps, 24.0);
}

TEST(JobFields, PromptsAreTextOfAReasonableLength) {
  EXPECT_EQ(error_of("prompt", std::string(kLongestText, 'a')), "no error");
  EXPECT_EQ(error_of("prompt", std::string(100'000, 'a')), "is 100000 bytes long: at most 20000");
  EXPECT_EQ(error_of("negative_prompt", std::string(100'000, 'a')), "is 100000 bytes long: at most 20000");
  EXPECT_EQ(error_of("prompt", std::string("a\0b", 3)), "must not hold a NUL byte");
  EXPECT_EQ(error_of("prompt", "a\xFF"), "must be valid UTF-8");
}

TEST(JobFields, ErrorsDoNotRepeatMegabytes) {
  EXPECT_LT(error_of("width", std::string(1'000'000, 'x')).size(), 200u);
  EXPECT_LT(error_of("size", std::string(10'000, 'x')).size(), 200u);
}

TEST(ParseField, ReadsByType) {
  EXPECT_EQ(parse_field(*find_job_field("frames"), "17"), FieldValue(std::int64_t{17}));
  EXPECT_EQ(parse_field(*find_job_field("fps"), "23.976"), FieldValue(23.976));
  EXPECT_EQ(parse_field(*find_job_field("prompt"), "17"), FieldValue("17"));
  for (const char* text : {"", "x", "17x", " 17", "1e3", "99999999999999999999"}) {
    EXPECT_THROW(parse_field(*find_job_field("frames"), text), Error) << text;
  }
}

TEST(JobFromJson, NamesTheKeyThatIsWrong) {
  const auto error_of_json = [](const char* text) -> std::string {
    try {
      job_from_json(nlohmann::json::parse(text));
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(error_of_json(R"({"fames": 1})"), "unknown key \"fames\"");
  EXPECT_EQ(error_of_json(R"({"frames": true})"), "frames must be a text or a number, not boolean");
  EXPECT_EQ(error_of_json(R"({"seed": 18446744073709551615})"),
            "seed must be below 2^63, not 18446744073709551615");
}

}  // namespace
}  // namespace clipmill
