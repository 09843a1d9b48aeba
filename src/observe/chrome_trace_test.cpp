#include "observe/chrome_trace.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "observe/testing/sample_history.h"

namespace clipmill {
namespace {

using nlohmann::json;

std::vector<json> complete_events(const json& trace) {
  std::vector<json> events;
  for (const json& event : trace.at("traceEvents")) {
    if (event.at("ph") == "X") events.push_back(event);
  }
  return events;
}

/// Names of threads or processes by their numbers.
std::map<std::pair<int, int>, std::string> names(const json& trace, const std::string& kind) {
  std::map<std::pair<int, int>, std::string> names;
  for (const json& event : trace.at("traceEvents")) {
    if (event.at("ph") == "M" && event.at("name") == kind)
      names[{event.at("pid"), event.at("tid")}] = event.at("args").at("name");
  }
  return names;
}

TEST(ChromeTraceTest, AnEventAStageInMicrosecondsOnItsDeviceAndThread) {
  const json trace = chrome_trace(sample_history());
  const json event = complete_events(trace).at(1);
  EXPECT_EQ(event.at("name"), "denoise");
  EXPECT_EQ(event.at("ts"), 3'000'000);
  EXPECT_EQ(event.at("dur"), 10'500'000);
  EXPECT_EQ(event.at("args").at("job"), 1);
  EXPECT_EQ(event.at("args").at("shape"), "64x48x17");
  const auto processes = names(trace, "process_name"), threads = names(trace, "thread_name");
  EXPECT_EQ(processes.at({event.at("pid"), 0}), "cpu:0");
  EXPECT_EQ(threads.at({event.at("pid"), event.at("tid")}), "denoise");
}

TEST(ChromeTraceTest, WhatRunsGoesOnUntilNow) {
  const json event = complete_events(chrome_trace(sample_history())).at(6);
  EXPECT_EQ(event.at("dur"), 39'000'000);
  EXPECT_EQ(event.at("args").at("outcome"), "running");
}

TEST(ChromeTraceTest, EventsOfAThreadDoNotOverlap) {
  History history = sample_history();
  history.stages.push_back({2, 2, "cpu:0", Stage::kDecode, 1015, 1030, 15, 0, "", "done"});
  std::map<std::pair<int, int>, std::int64_t> ends;
  std::set<std::pair<int, int>> decoders;
  auto events = complete_events(chrome_trace(history));
  std::ranges::stable_sort(events, {}, [](const json& event) { return event.at("ts").get<std::int64_t>(); });
  for (const json& event : events) {
    const std::pair<int, int> thread{event.at("pid"), event.at("tid")};
    EXPECT_GE(event.at("ts"), ends[thread]) << event;
    ends[thread] = event.at("ts").get<std::int64_t>() + event.at("dur").get<std::int64_t>();
    if (event.at("name") == "decode") decoders.insert(thread);
  }
  EXPECT_EQ(decoders.size(), 3u) << "two on cpu:0, one on cpu:1";
}

}  // namespace
}  // namespace clipmill
