#include "manifest/name_template.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "core/job_generator.h"

namespace clipmill {
namespace {

JobSpec job() {
  JobSpec spec;
  spec.clip.prompt = "A red circle!";
  spec.clip.seed = 42;
  spec.clip.width = 64;
  spec.clip.height = 48;
  spec.clip.frames = 17;
  spec.model = "../models/Shapes v1/";
  return spec;
}

std::string check_error(std::string_view text) {
  try {
    check_template(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(NameTemplate, FillsEveryPlaceholder) {
  EXPECT_EQ(fill_template("{index:03}-{slug}-{seed}.mp4", job(), 7), "007-a-red-circle-42.mp4");
  EXPECT_EQ(fill_template("{model}/{width}x{height}x{frames}/{index}.mp4", job(), 7),
            "shapes-v1/64x48x17/7.mp4");
  EXPECT_EQ(fill_template("{seed:1}{seed:5}", job(), 1), "4200042");
  EXPECT_EQ(fill_template("{{{seed}}}", job(), 1), "{42}");
  EXPECT_EQ(fill_template("", job(), 1), "");
}

TEST(NameTemplate, ErrorsNameTheNearestPlaceholder) {
  EXPECT_EQ(check_error("{indx}.mp4"), "has an unknown placeholder {indx}: did you mean {index}?");
  EXPECT_EQ(check_error("{prompt_text}"),
            "has an unknown placeholder {prompt_text}: there are {index}, {slug}, {seed}, {width}, {height}, "
            "{frames}, {model}");
  EXPECT_EQ(check_error("a{slug"), "has a { without its }: write {{ for a brace");
  EXPECT_EQ(check_error("a}b"), "has a } without its {: write }} for a brace");
  EXPECT_EQ(check_error("{slug:3}"), "has a width for {slug}, which takes none");
  for (const char* text : {"{seed:}", "{seed:x}", "{seed:123}", "{seed:-1}", "{}", "{seed}}", "{{seed}"}) {
    EXPECT_NE(check_error(text), "no error") << text;
  }
}

TEST(NameTemplate, PromptsLeadToNoOtherFolder) {
  JobSpec spec = job();
  spec.clip.prompt = "../../etc/passwd";
  spec.model = "../..";
  EXPECT_EQ(fill_template("{slug}-{model}.mp4", spec, 1), "etc-passwd-clip.mp4");
}

RC_GTEST_PROP(NameTemplate, WhateverThePromptTheNameIsOneSafeComponent, (const std::string& model)) {
  JobSpec spec;
  spec.clip.prompt = *test::text();
  spec.model = model;
  const std::filesystem::path name = fill_template("{slug}{model}", spec, 1);
  RC_ASSERT(std::distance(name.begin(), name.end()) == 1);
  RC_ASSERT(name.is_relative());
  RC_ASSERT(name.string().find('.') == std::string::npos);
  RC_ASSERT(name.string().size() < 200u);
}

}  // namespace
}  // namespace clipmill
