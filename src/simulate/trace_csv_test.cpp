#include "simulate/trace_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "manifest/manifest_error.h"

namespace clipmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string problems(std::string_view text) {
  try {
    parse_trace(text, "trace.csv");
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(TraceCsv, ReadsJobsInTheOrderOfTheirSubmission) {
  const Workload workload = parse_trace(
      "submit_s,run_s,vram_gb,priority,model\n7.5,100,24,4,wan-14b\n0,30,8.5,1,wan-1.3b\n8,10,24,1,wan-14b\n",
      "trace.csv");
  ASSERT_EQ(workload.jobs.size(), 3u);
  EXPECT_EQ(workload.jobs[0].seconds, 30);
  EXPECT_EQ(workload.jobs[0].bytes, 8'500'000'000);
  EXPECT_EQ(workload.jobs[1].priority, 4);
  EXPECT_EQ(workload.models, (std::vector<std::string>{"wan-14b", "wan-1.3b"}));
  EXPECT_EQ(workload.jobs[1].model, workload.jobs[2].model);
}

TEST(TraceCsv, ColumnsInAnyOrderAndTheLastTwoMayBeMissing) {
  const Workload workload = parse_trace("vram_gb, run_s, submit_s, user\r\n8, 30, 1, ann\r\n", "trace.csv");
  EXPECT_EQ(workload.jobs.at(0).submitted, 1);
  EXPECT_EQ(workload.jobs.at(0).priority, 0);
}

TEST(TraceCsv, QuotedNamesNoTimeAndNoMemory) {
  const Workload workload = parse_trace(
      "submit_s,run_s,vram_gb,priority,model\r\n3,0,0,1,\"wan, 14b\"\r\n0,1,1,-3,\r\n", "trace.csv");
  EXPECT_EQ(workload.jobs.at(0).priority, -3);
  EXPECT_EQ(workload.jobs.at(1).seconds, 0);
  EXPECT_EQ(workload.models, (std::vector<std::string>{"wan, 14b", ""}));
}

TEST(TraceCsv, NamesEveryBadLine) {
  EXPECT_THAT(problems("submit_s,run_s\n1,2\n"),
              AllOf(HasSubstr("trace.csv:1"), HasSubstr("vram_gb is missing")));
  EXPECT_THAT(problems("submit_s,run_s,vram_gb\n1,2,3\n1,-2,3\n1,2\nx,2,3\n1,nan,3\n"),
              AllOf(HasSubstr("trace.csv:3: run_s must be a number from 0 to 1e+12, not \"-2\""),
                    HasSubstr("trace.csv:4: vram_gb must be"), HasSubstr("trace.csv:5: submit_s"),
                    HasSubstr("trace.csv:6: run_s")));
  EXPECT_THAT(problems(""), HasSubstr("is empty"));
}

}  // namespace
}  // namespace clipmill
