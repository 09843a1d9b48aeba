#include "serve/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/job_fields.h"
#include "serve/video_object.h"
#include "serve/video_request.h"

namespace clipmill {
namespace {

using nlohmann::json;

const json& schema(const char* name) { return openapi().at("components").at("schemas").at(name); }

std::set<std::string> keys_of(const json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

bool takes(const std::string& key, const json& value) {
  JobSpec job;
  try {
    json request = {{"prompt", "x"}};
    request[key] = value;
    set_video(job, request, {.lora_path = [](const std::string& name) { return name; }});
    return true;
  } catch (const RequestProblem&) {
    return false;
  }
}

TEST(OpenApi, SettingsAreWhatClientsMaySet) {
  std::set<std::string> taken = {"lora"};
  for (const std::string_view key : client_keys()) taken.emplace(key);
  for (const std::string_view key : alias_keys()) taken.emplace(key);
  EXPECT_EQ(keys_of(schema("Settings").at("properties")), taken);
}

TEST(OpenApi, RequestsHaveThemAndTheirOwn) {
  for (const char* name : {"CreateVideo", "RemixVideo"}) {
    auto expected = keys_of(schema("Settings").at("properties"));
    expected.insert({"model", "seconds", "extra_params"});
    EXPECT_EQ(keys_of(schema(name).at("properties")), expected);
  }
}

/// What the document bounds is bounded so, and no further.
TEST(OpenApi, BoundsAreThoseOfTheRequest) {
  int bounded = 0;
  for (const auto& [key, each] : schema("Settings").at("properties").items()) {
    if (each.contains("minimum")) {
      ++bounded;
      const bool whole = each.at("type") == "integer";
      EXPECT_TRUE(takes(key, each.at("minimum"))) << key;
      EXPECT_TRUE(takes(key, each.at("maximum"))) << key;
      EXPECT_FALSE(takes(key, each.at("minimum").get<double>() - (whole ? 1 : 0.001))) << key;
      EXPECT_FALSE(takes(key, each.at("maximum").get<double>() * 1.01 + 1)) << key;
      EXPECT_FALSE(takes(key, "1")) << key << ": texts stand for numbers in forms alone";
    }
    if (!each.contains("enum")) continue;
    for (const json& choice : each.at("enum")) EXPECT_TRUE(takes(key, choice)) << key << choice;
    EXPECT_FALSE(takes(key, "another")) << key;
  }
  EXPECT_GT(bounded, 10);
}

TEST(OpenApi, KnowsEveryKeyOfAVideo) {
  JobView waiting;
  waiting.waits_for = "its turn", waiting.position = 1, waiting.expected_start = 9;
  JobView done;
  done.job.state = JobState::kDone;
  done.stages = {{Stage::kDenoise, 1.5, 1 << 20}};
  JobView failed;
  failed.job.state = JobState::kFailed;
  for (const JobView& view : {waiting, done, failed}) {
    const json video = video_object(view);
    EXPECT_THAT(keys_of(schema("Video").at("properties")), testing::IsSupersetOf(keys_of(video)));
    EXPECT_THAT(keys_of(video),
                testing::IsSupersetOf(schema("Video").at("required").get<std::vector<std::string>>()));
  }
}

TEST(OpenApi, SaysWhoMayAsk) {
  EXPECT_TRUE(openapi().at("/paths/~1v1~1videos/post/responses"_json_pointer).contains("401"));
  EXPECT_FALSE(openapi().at("/paths/~1healthz/get/responses"_json_pointer).contains("401"));
}

}  // namespace
}  // namespace clipmill
