#include "observe/hour.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "observe/history_json.h"
#include "observe/hour_html.h"
#include "observe/testing/sample_history.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

Hour sample_hour() { return hour_of(sample_history(), {1000, 1060}, {1000, 100, 300}); }

TEST(HourTest, PartsOfEachDeviceAddUpInTheJson) {
  const json object = to_json(sample_hour());
  ASSERT_EQ(object.at("devices").size(), 2u);
  for (const json& device : object.at("devices")) {
    double sum = 0;
    for (const json& part : device.at("parts")) sum += part.at("seconds").get<double>();
    EXPECT_NEAR(sum, 60, 1e-9);
  }
}

TEST(HourTest, JsonTellsFactorsAndFormula) {
  const json object = to_json(sample_hour());
  const json& speed = object.at("speed_up");
  double product = 1;
  for (const auto& [name, factor] : speed.at("factors").items()) product *= factor.get<double>();
  EXPECT_NEAR(product, speed.at("measured").get<double>(), 1e-9);
  EXPECT_EQ(object.at("formula").at("beta"), 10.0 / 3);
  EXPECT_EQ(object.at("attempts"), json({{"ended", 1}, {"done", 1}}));
}

TEST(HourTest, TextNamesEachPartOnce) {
  const std::string text = hour_text(sample_hour());
  EXPECT_THAT(text, HasSubstr("the last 60.0 s: 1 of 1 attempts done"));
  EXPECT_THAT(text, HasSubstr("denoise"));
  EXPECT_THAT(text, HasSubstr("10 jobs in 1000 B, 3 without the memory levers"));
  EXPECT_THAT(text, Not(HasSubstr("waiting for memory")));
}

TEST(HourTest, OfNothingThereIsAText) {
  EXPECT_THAT(hour_text(hour_of({}, {0, 3600}, {})), HasSubstr("no device has worked"));
}

TEST(HourHtmlTest, IsOneFileThatAsksForNothing) {
  const std::string page = hour_html(sample_hour(), sample_history());
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(page, HasSubstr("job 1: 3 to 13.5 s, denoise"));
  for (const char* request : {"src=", "href=", "url(", "@import"}) EXPECT_THAT(page, Not(HasSubstr(request)));
}

TEST(HourHtmlTest, NamesOfDevicesAreTexts) {
  History history = sample_history();
  history.stages[0].device = "<b>";
  EXPECT_THAT(hour_html(hour_of(history, {1000, 1060}, {}), history), Not(HasSubstr("<b>:")));
}

TEST(HistoryJsonTest, ComesBackAsItWas) {
  const json sent = to_json(sample_history());
  EXPECT_EQ(to_json(history_from_json(sent)), sent);
}

TEST(HistoryJsonTest, WhatIsNoHistoryIsAnError) { EXPECT_THROW(history_from_json({{"since", 1}}), Error); }

TEST(GanttJsonTest, HasNoEndOfWhatRuns) {
  const json gantt = gantt_json(sample_history());
  EXPECT_EQ(gantt.at("now"), 1060);
  EXPECT_EQ(gantt.at("spans").at(0), json({{"device", "cpu:0"},
                                           {"job", 1},
                                           {"stage", "load"},
                                           {"start", 1001.0},
                                           {"end", 1003.0},
                                           {"outcome", "done"}}));
  EXPECT_TRUE(gantt.at("spans").at(6).at("end").is_null());
}

}  // namespace
}  // namespace clipmill
