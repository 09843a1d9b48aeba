#include "observe/top_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "observe/columns.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

json busy_device(const std::string& name) {
  return {{"name", name},
          {"budget_bytes", 1000},
          {"used_bytes", 800},
          {"model_bytes", 500},
          {"data_bytes", 100},
          {"intermediate_bytes", 200},
          {"utilisation", 0.87},
          {"power_watts", 412.5},
          {"jobs", {{{"id", 7}, {"name", "a.mp4"}, {"stage", "denoise"}, {"done", 3}, {"total", 8}}}}};
}

json busy_health(int devices) {
  json health = {
      {"running", devices}, {"waiting", 40}, {"devices", json::array()}, {"alarms", json::array()}};
  for (int i = 0; i < devices; ++i) health["devices"].push_back(busy_device("cuda:" + std::to_string(i)));
  health["alarms"] = {
      {{"name", "device_memory"},
       {"subject", "cuda:0"},
       {"state", "firing"},
       {"since", 0},
       {"advice", "another memory plan"}},
      {{"name", "waiting_share"}, {"subject", "interactive"}, {"state", "ok"}, {"since", 0}, {"advice", ""}}};
  return health;
}

json long_queue() {
  json jobs = json::array();
  for (int i = 0; i < 40; ++i)
    jobs.push_back(
        {{"id", i}, {"state", "waiting"}, {"spec", {{"output", "/clips/" + std::string(90, 'b')}}}});
  jobs.push_back({{"id", 99}, {"state", "done"}, {"spec", {{"output", "/clips/done.mp4"}}}});
  return {{"jobs", jobs}};
}

TEST(TopText, ShowsDevicesMemoryStagesAndAlarms) {
  const auto lines = top_lines(busy_health(1), long_queue(), 100, 24);
  EXPECT_EQ(lines[0], "clipmill: 1 running, 40 waiting");
  EXPECT_THAT(lines[1], HasSubstr("! device_memory of cuda:0 since "));
  EXPECT_EQ(lines[2], "        another memory plan");
  EXPECT_THAT(lines, Contains(AllOf(HasSubstr("87 %"), HasSubstr("[MMMMMMMMMMMMMMMdddiiiiii......]"),
                                    HasSubstr("800 B of 1000 B"), HasSubstr("412 W"))));
  EXPECT_THAT(lines, Contains("        model 500 B, data 100 B, intermediate 200 B"));
  EXPECT_THAT(lines, Contains(AllOf(HasSubstr("job 7 denoise"), HasSubstr("3/8"), HasSubstr("a.mp4"))));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("waiting_share")))) << "it does not fire";
  EXPECT_THAT(lines, Not(Contains(HasSubstr("done.mp4"))));
}

TEST(TopText, FitsTheTerminalHoweverMuchThereIs) {
  for (const int devices : {1, 8, 64}) {
    const auto lines = top_lines(busy_health(devices), long_queue(), 80, 24);
    EXPECT_EQ(lines.size(), 24u);
    for (const std::string& line : lines) EXPECT_LE(columns(line), 80u) << line;
    EXPECT_THAT(lines.back(), HasSubstr("more"));
  }
}

TEST(TopText, AdviceIsReadToItsEnd) {
  json health = busy_health(0);
  health["alarms"][0]["advice"] = "first words of a long advice and the last word";
  const auto lines = top_lines(health, {{"jobs", json::array()}}, 40, 24);
  EXPECT_EQ(lines[2], "        first words of a long advice and");
  EXPECT_EQ(lines[3], "        the last word");
}

TEST(TopText, WhatIsNotToldIsAQuestionMark) {
  json health = busy_health(1);
  health["devices"][0] = {{"name", "cpu:0"},        {"budget_bytes", 0},     {"used_bytes", 0},
                          {"utilisation", nullptr}, {"jobs", json::array()}, {"trouble", "no worker"}};
  const auto lines = top_lines(health, {{"jobs", json::array()}}, 80, 24);
  EXPECT_THAT(lines, Contains(AllOf(HasSubstr("cpu:0"), HasSubstr("?"), HasSubstr("0 B of 0 B"))));
  EXPECT_THAT(lines, Contains(HasSubstr("gets no jobs: no worker")));
}

}  // namespace
}  // namespace clipmill
