#include "serve/video_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

namespace clipmill {
namespace {

using nlohmann::json;
using testing::HasSubstr;

JobSpec job_of(const json& request, bool texts = false) {
  const RequestReading reading{texts, [](const std::string& name) -> std::string {
                                 if (name != "ink") throw input_error("there is no LoRA \"{}\"", name);
                                 return "/loras/ink.safetensors";
                               }};
  JobSpec job;
  set_video(job, request, reading);
  return job;
}

RequestProblem problem_of(const json& request) {
  try {
    job_of(request);
  } catch (const RequestProblem& problem) {
    return problem;
  }
  ADD_FAILURE() << request << " is taken";
  return {};
}

TEST(VideoRequest, TakesWhatClientsSend) {
  const JobSpec job = job_of({{"prompt", "a red circle"},
                              {"model", "shapes"},
                              {"seconds", "4"},
                              {"size", "64x96"},
                              {"num_inference_steps", 7},
                              {"guidance_scale", 2.5},
                              {"seed", 11},
                              {"negative_prompt", nullptr},
                              {"extra_params", {{"flow_shift", 3}}}});
  EXPECT_EQ(job.clip.prompt, "a red circle");
  EXPECT_EQ(job.clip.width, 64);
  EXPECT_EQ(job.clip.height, 96);
  EXPECT_EQ(job.clip.frames, 65) << "of 64 at 16 a second";
  EXPECT_EQ(job.clip.steps, 7);
  EXPECT_EQ(job.clip.guidance, 2.5);
  EXPECT_EQ(job.clip.seed, 11u);
  EXPECT_EQ(job.clip.flow_shift, 3);
}

TEST(VideoRequest, TextsOfAFormStandForNumbers) {
  const JobSpec job =
      job_of({{"prompt", "1"}, {"seed", "11"}, {"guidance", "2.5"}, {"lora", "ink:2;ink"}}, true);
  EXPECT_EQ(job.clip.seed, 11u);
  EXPECT_EQ(job.clip.guidance, 2.5);
  EXPECT_EQ(job.loras.size(), 2u);
  EXPECT_EQ(problem_of({{"prompt", "1"}, {"seed", "11"}}).parameter, "seed") << "in JSON they are texts";
}

TEST(VideoRequest, LorasAreNamesInAnyForm) {
  const std::vector<LoraChoice> two = {{"/loras/ink.safetensors", 0.5}, {"/loras/ink.safetensors", 1}};
  EXPECT_EQ(
      job_of({{"prompt", "x"}, {"lora", json::array({{{"name", "ink"}, {"scale", 0.5}}, "ink"})}}).loras,
      two);
  for (const json& wrong : {json(5), json::array({json::array()}), json{{"name", 5}}, json{{"path", "ink"}},
                            json{{"name", "ink"}, {"scale", "x"}}, json("ink:101")})
    EXPECT_EQ(problem_of({{"prompt", "x"}, {"lora", wrong}}).parameter, "lora") << wrong;
}

TEST(VideoRequest, LengthIsOfTheRateThatComesWithIt) {
  EXPECT_EQ(job_of({{"prompt", "x"}, {"seconds", 2}, {"fps", 8}}).clip.frames, 17);
  EXPECT_EQ(job_of({{"prompt", "x"}, {"fps", 24}, {"seconds", "2"}}).clip.frames, 49);
  EXPECT_EQ(job_of({{"prompt", "x"}, {"num_frames", 9}}).clip.frames, 9);
}

TEST(VideoRequest, RefusesWithTheParameter) {
  EXPECT_EQ(problem_of({{"model", "shapes"}}).parameter, "prompt");
  EXPECT_EQ(problem_of({{"prompt", "x"}, {"seconds", "many"}}).parameter, "seconds");
  EXPECT_EQ(problem_of({{"prompt", "x"}, {"size", "large"}}).parameter, "size");
  EXPECT_THAT(problem_of({{"prompt", "x"}, {"input_reference", "a.png"}}).message,
              HasSubstr("from text alone"));
  EXPECT_THAT(problem_of({{"prompt", "x"}, {"num_inference_step", 3}}).message, HasSubstr("did you mean"));
  EXPECT_THAT(problem_of({{"prompt", "x"}, {"extra_params", "{"}}).message, HasSubstr("object"));
  EXPECT_THAT(problem_of({{"prompt", "x"}, {"extra_params", {{"seconds", 9}}}}).message,
              HasSubstr("beside extra_params"));
  EXPECT_THAT(problem_of({{"prompt", "x"}, {"steps", 3}, {"extra_params", {{"steps", 9}}}}).message,
              HasSubstr("given twice"));
  EXPECT_EQ(problem_of({{"prompt", "x"}, {"num_frames", 5}, {"frames", 9}}).status, 422);
  EXPECT_EQ(job_of({{"prompt", "x"}, {"num_frames", 9}, {"frames", 9}}).clip.frames, 9);
  EXPECT_EQ(problem_of({{"prompt", "x"}, {"seconds", 1}, {"frames", 33}}).parameter, "seconds");
  EXPECT_LT(problem_of({{"prompt", "x"}, {std::string(5000, 'k'), 1}}).message.size(), 200u);
  EXPECT_EQ(problem_of(json::array()).status, 400);
  EXPECT_EQ(problem_of({{"prompt", "x"}, {"lora", "../ink"}}).status, 422);
}

TEST(VideoRequest, NoClientNamesFilesOrPrograms) {
  for (const char* key :
       {"output", "save_tensors", "init_latents", "poster", "lora_2", "command", "env", "engine", "kind",
        "recipe", "after", "working_folder", "filter", "preview_every", "priority", "deadline"})
    EXPECT_THAT(problem_of({{"prompt", "x"}, {key, "/etc/passwd"}}).message, HasSubstr("unknown parameter"))
        << key;
}

RC_GTEST_PROP(VideoRequestProperty, AnyTextsAreTakenOrRefused,
              (const std::map<std::string, std::string>& texts)) {
  json request = {{"prompt", "x"}};
  for (const auto& [key, text] : texts) request[key] = text;
  try {
    job_of(request);
  } catch (const RequestProblem& problem) {
    RC_ASSERT(!problem.message.empty());
  }
}

}  // namespace
}  // namespace clipmill
