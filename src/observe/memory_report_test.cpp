#include "observe/memory_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clipmill {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

nlohmann::json stage(const char* name, double begin, std::int64_t model, std::int64_t data,
                     std::int64_t rest) {
  return {
      {"stage", name},
      {"begin", begin},
      {"seconds", 1.0},
      {"peak", model + data + rest},
      {"at_peak", {{"model", model}, {"data", data}, {"intermediate", rest}}},
      {"expected", model + data},
      {"reserved", {{"used", model}, {"reserved", model + rest}, {"largest_free", rest}, {"outside", data}}},
      {"largest",
       {{{"scope", std::string(name) + "/block 3"}, {"category", "intermediate"}, {"bytes", rest}}}}};
}

nlohmann::json report() {
  constexpr std::int64_t kMiB = 1 << 20;
  nlohmann::json job = stage("job", 0, 10 * kMiB, kMiB, 20 * kMiB);
  job["seconds"] = 2.0;
  return {{"device", "cpu:0"},
          {"budget", 40 * kMiB},
          {"plan", "released, strips 4"},
          {"stages",
           {stage("denoise", 0, 10 * kMiB, kMiB, 20 * kMiB), stage("decode", 1, 3 * kMiB, kMiB, 9 * kMiB)}},
          {"job", job},
          {"timeline",
           {{{"seconds", 0.0}, {"model", 10 * kMiB}, {"data", kMiB}, {"intermediate", 20 * kMiB}},
            {{"seconds", 1.0}, {"model", 3 * kMiB}, {"data", kMiB}, {"intermediate", 9 * kMiB}}}},
          {"process", {{"before", 100 * kMiB}, {"peak", 150 * kMiB}}}};
}

TEST(MemoryReport, SplitsPeaksAndExplainsTheProcess) {
  const std::string table = memory_table("a.mp4", report());
  EXPECT_THAT(table, HasSubstr("memory of a.mp4 on cpu:0 within 40.0 MiB, plan released, strips 4\n"));
  EXPECT_THAT(table, HasSubstr("denoise           11.0 MiB    31.0 MiB      10.0 MiB       1.0 MiB      20.0 "
                               "MiB  denoise/block 3"));
  EXPECT_THAT(table, HasSubstr("at most 150.0 MiB = 100.0 MiB before any tensor"));
  EXPECT_THAT(table, HasSubstr("+ 31.0 MiB of tensors + 19.0 MiB else"));
  EXPECT_THAT(table,
              HasSubstr("30.0 MiB from the system after denoise, 10.0 MiB of it in use, 20.0 MiB free, "
                        "20.0 MiB at a stretch; 1.0 MiB beside it"));
}

TEST(MemoryReport, DrawsStagesCategoriesAndTheBudget) {
  const std::string svg = memory_svg(report());
  for (const char* part : {"class=\"model\"", "class=\"data\"", "class=\"intermediate\"", ">denoise<",
                           ">decode<", "class=\"budget\""})
    EXPECT_THAT(svg, HasSubstr(part));
}

TEST(MemoryReport, ABudgetFarAboveThePeakIsNotDrawn) {
  nlohmann::json roomy = report();
  roomy["budget"] = std::int64_t{1} << 40;
  EXPECT_THAT(memory_svg(roomy), Not(HasSubstr("class=\"budget\"")));
}

TEST(MemoryReport, APageNeedsNoOtherFileAndEscapesNames) {
  const NamedMemoryReport named{"<a>.mp4", report()};
  const std::string page = memory_page("run", {&named, 1});
  EXPECT_THAT(page, HasSubstr("<h2>&lt;a&gt;.mp4</h2>"));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("<a>.mp4")));
}

}  // namespace
}  // namespace clipmill
