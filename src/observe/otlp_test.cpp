#include "observe/otlp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "observe/testing/sample_history.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::MatchesRegex;

std::vector<json> sent_spans(const std::vector<json>& requests) {
  std::vector<json> spans;
  for (const json& request : requests) {
    for (const json& span : request.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans"))
      spans.push_back(span);
  }
  return spans;
}

json named(const std::vector<json>& spans, const std::string& name) {
  const auto found =
      std::ranges::find(spans, name, [](const json& span) { return span.at("name").get<std::string>(); });
  return found == spans.end() ? json() : *found;
}

TEST(OtlpTest, AStageIsASpanInNanosecondsBelowItsAttemptAndJob) {
  const auto spans = sent_spans(otlp_requests(sample_history()));
  const json denoise = named(spans, "denoise"), attempt = named(spans, "attempt"),
             job = named(spans, "a.mp4");
  EXPECT_EQ(denoise.at("startTimeUnixNano"), "1003000000000");
  EXPECT_EQ(denoise.at("endTimeUnixNano"), "1013500000000");
  EXPECT_EQ(denoise.at("parentSpanId"), attempt.at("spanId"));
  EXPECT_EQ(attempt.at("parentSpanId"), job.at("spanId"));
  EXPECT_FALSE(job.contains("parentSpanId"));
  EXPECT_EQ(job.at("startTimeUnixNano"), "998250000000");
  EXPECT_EQ(job.at("traceId"), denoise.at("traceId"));
  EXPECT_EQ(denoise.at("status").at("code"), 1);
}

TEST(OtlpTest, IdsAreHexAndNoTwoAreTheSame) {
  std::set<std::string> ids, traces;
  const auto spans = sent_spans(otlp_requests(sample_history()));
  for (const json& span : spans) {
    EXPECT_THAT(span.at("traceId").get<std::string>(), MatchesRegex("[0-9a-f]{32}"));
    EXPECT_THAT(span.at("spanId").get<std::string>(), MatchesRegex("[0-9a-f]{16}"));
    ids.insert(span.at("spanId")), traces.insert(span.at("traceId"));
  }
  EXPECT_EQ(ids.size(), spans.size());
  EXPECT_EQ(traces.size(), 2u);
}

TEST(OtlpTest, OnlyWhatHasEndedIsTold) {
  const auto spans = sent_spans(otlp_requests(sample_history()));
  EXPECT_EQ(spans.size(), 6 + 1 + 1u) << "stages that ended, an attempt, a job";
  EXPECT_TRUE(named(spans, "b.mp4").is_null()) << "it runs";
}

TEST(OtlpTest, WhatWasRepeatedIsAnError) {
  const auto spans = sent_spans(otlp_requests(sample_history()));
  EXPECT_EQ(named(spans, "decode").at("status"), json({{"code", 2}, {"message", "repeated"}}));
}

TEST(OtlpTest, TheSameHistoryGivesTheSameIdsInRequestsOfAnySize) {
  const auto one = sent_spans(otlp_requests(sample_history())),
             many = sent_spans(otlp_requests(sample_history(), 1));
  EXPECT_EQ(one, many);
  EXPECT_EQ(otlp_requests(sample_history(), 1).size(), 2u);
  EXPECT_TRUE(otlp_requests({}).empty());
}

}  // namespace
}  // namespace clipmill
