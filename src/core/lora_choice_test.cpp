#include "core/lora_choice.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/error.h"
#include "core/job_fields.h"

namespace clipmill {
namespace {

using Loras = std::vector<LoraChoice>;

TEST(LoraChoice, FilesWithAndWithoutScale) {
  EXPECT_EQ(parse_loras(""), Loras());
  EXPECT_EQ(parse_loras("a.safetensors"), (Loras{{"a.safetensors", 1}}));
  EXPECT_EQ(parse_loras("a.safetensors:0.5;;b b:-2;"), (Loras{{"a.safetensors", 0.5}, {"b b", -2}}));
  EXPECT_EQ(parse_loras("c:strong;d:1:2"), (Loras{{"c:strong", 1}, {"d:1", 2}}));
  for (const char* wrong : {":0.5", "a:101", "a:nan", "a:-inf"})
    EXPECT_THROW(parse_loras(wrong), Error) << wrong;
}

RC_GTEST_PROP(LoraChoice, WhatIsWrittenIsRead, ()) {
  const auto path =
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::element('a', ':', '1', '.', ' ', '/')));
  const auto choice = rc::gen::map(rc::gen::pair(path, rc::gen::inRange(-1000, 1000)), [](const auto& p) {
    return LoraChoice{p.first, p.second / 10.0};
  });
  const auto loras = *rc::gen::container<Loras>(choice);
  RC_ASSERT(parse_loras(format_loras(loras)) == loras);
}

TEST(LoraChoice, PathsOfAFieldAreReplacedOneByOne) {
  const JobField& field = *find_job_field("lora");
  JobSpec job;
  field.set(job, std::string("a:0.5;b"));
  EXPECT_EQ(paths_in(field, job), (std::vector<std::string>{"a", "b"}));
  replace_paths(field, job, [](const std::string& path) { return "/" + path; });
  EXPECT_EQ(job.loras, (Loras{{"/a", 0.5}, {"/b", 1}}));

  const JobField& latents = *find_job_field("init_latents");
  EXPECT_TRUE(paths_in(latents, job).empty());
  latents.set(job, std::string("x;y:2"));
  EXPECT_EQ(paths_in(latents, job), (std::vector<std::string>{"x;y:2"}));
  EXPECT_TRUE(paths_in(*find_job_field("prompt"), job).empty());
}

}  // namespace
}  // namespace clipmill
