#include "observe/gantt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "observe/columns.h"

namespace clipmill {
namespace {

using testing::HasSubstr;
using testing::Not;

const GanttChart kShots = {"Shots & <cuts>",
                           {"cuda:0", "cuda:1"},
                           {{0, 0, 5, "1", "wan"}, {0, 5, 10, "2", "wan"}, {1, 2, 8, "a \"b\"", "ltx"}}};

TEST(Gantt, DrawsALineARowInTheTerminal) {
  EXPECT_EQ(gantt_text(kShots, 28),
            "cuda:0  ┣1━━━━━━━━┣2━━━━━━━━\n"
            "cuda:1      ┣a \"b\"━━━━━━\n"
            "        0               10 s\n");
}

TEST(Gantt, KeepsItsWidthHoweverManyBars) {
  GanttChart chart{"", {"m"}, {}};
  for (int i = 0; i < 1000; ++i) chart.bars.push_back({0, i * 0.1, i * 0.1 + 0.1, std::to_string(i), ""});
  const std::string text = gantt_text(chart, 60);
  EXPECT_EQ(columns(text.substr(0, text.find('\n'))), 60u);
}

TEST(Gantt, CountsTheRowsItDoesNotDraw) {
  EXPECT_THAT(gantt_text(kShots, 40, 1), HasSubstr("… and 1 more"));
  EXPECT_THAT(gantt_text(kShots, 40, 1), Not(HasSubstr("cuda:1")));
}

TEST(Gantt, NothingToDrawIsAnEmptyChart) {
  EXPECT_THAT(gantt_text({"", {"m"}, {}}, 30), HasSubstr("0 s"));
  EXPECT_THAT(gantt_svg({"", {}, {}}), HasSubstr("</svg>"));
}

TEST(Gantt, PutsBarsOfAGroupInOneColour) {
  const std::string svg = gantt_svg(kShots);
  EXPECT_THAT(
      svg,
      HasSubstr(
          "<g class=\"g0\"><title>1: 0 to 5 s, wan</title><rect x=\"110.00\" y=\"8.00\" width=\"500.00\""));
  EXPECT_THAT(svg, HasSubstr("<g class=\"g0\"><title>2: 5 to 10 s, wan"));
  EXPECT_THAT(svg, HasSubstr("<g class=\"g1\"><title>a &quot;b&quot;: 2 to 8 s, ltx"));
}

TEST(Gantt, ThePageIsOneFileForLightAndDark) {
  const std::string page = gantt_html(kShots);
  EXPECT_THAT(page, HasSubstr("<h1>Shots &amp; &lt;cuts&gt;</h1>"));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
}

}  // namespace
}  // namespace clipmill
