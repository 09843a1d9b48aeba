#include "vram/memory_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace clipmill {
namespace {

MemoryUsage usage() {
  return {.current = 40,
          .held = {},
          .peak = 170,
          .at_peak = {{1, "clip", MemoryCategory::kModel, "denoise/transformer", 100},
                      {1, "clip", MemoryCategory::kIntermediate, "denoise/block 3", 60},
                      {1, "clip", MemoryCategory::kIntermediate, "denoise/block 4", 10}}};
}

TEST(StageMemory, SplitsThePeakAndKeepsTheLargestAccounts) {
  const StageMemory stage = stage_memory("denoise", usage(), 2);
  EXPECT_EQ(stage.peak, 170);
  EXPECT_EQ(stage.at_peak, (BytesByCategory{{100, 0, 70}}));
  ASSERT_EQ(stage.largest.size(), 2u);
  EXPECT_EQ(stage.largest.back().path, "denoise/block 3");
}

TEST(MemoryReport, AsJson) {
  StageMemory stage = stage_memory("denoise", usage(), 1);
  stage.begin = 0.5;
  stage.seconds = 2;
  stage.reserved = ReservedMemory{.used = 30, .reserved = 50, .largest_free = 10, .outside = {}};
  const MemoryReport report{.device = "cpu:0",
                            .budget = 1000,
                            .stages = {stage},
                            .job = stage_memory("job", usage(), 0),
                            .timeline = {{0.25, {{100, 0, 7}}}},
                            .process = ProcessMemory{300, 500}};
  EXPECT_EQ(nlohmann::json(report), nlohmann::json::parse(R"({
    "device": "cpu:0", "budget": 1000,
    "stages": [{
      "stage": "denoise", "begin": 0.5, "seconds": 2.0, "peak": 170,
      "reserved": {"used": 30, "reserved": 50, "largest_free": 10},
      "at_peak": {"model": 100, "data": 0, "intermediate": 70},
      "largest": [{"scope": "denoise/transformer", "category": "model", "lane": 1, "job": "clip", "bytes": 100}]}],
    "job": {"stage": "job", "peak": 170, "at_peak": {"model": 100, "data": 0, "intermediate": 70}, "largest": []},
    "timeline": [{"seconds": 0.25, "model": 100, "data": 0, "intermediate": 7}],
    "process": {"before": 300, "peak": 500}})"));
}

}  // namespace
}  // namespace clipmill
