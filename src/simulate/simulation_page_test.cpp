#include "simulate/simulation_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulate/arrivals.h"

namespace clipmill {
namespace {

using testing::HasSubstr;

std::size_t occurrences(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(SimulationPage, DrawsEveryRunAndTakesNothingFromElsewhere) {
  const Workload workload = poisson_arrivals({.jobs = 50, .bytes = 96, .largest = 48});
  SimulationOptions options;
  options.devices = {{.name = "a<b", .bytes = 48, .lanes = 9}, {.name = "c", .bytes = 48, .lanes = 9}};
  options.fleet.outages.planned = {{.device = 0, .from = 2'000, .until = 3'000}};
  const Simulation simulation = simulate(workload, kFair, options);
  const std::string page = simulation_page(workload, {{&kFair, simulation}}, options, "x & y", "8 devices");
  EXPECT_EQ(occurrences(page, "<title>job "), 50 + simulation.lost.size());
  EXPECT_EQ(occurrences(page, ", lost</title>"), simulation.lost.size());
  EXPECT_THAT(page, HasSubstr("<title>x &amp; y</title>"));
  EXPECT_THAT(page, HasSubstr("a&lt;b"));
  EXPECT_THAT(page, HasSubstr("<b>8 devices</b>"));
  EXPECT_THAT(page, testing::Not(HasSubstr("http")));
  EXPECT_THAT(page, testing::Not(HasSubstr("<script")));
}

TEST(SimulationPage, OfNothingThatFitsIsStillAPage) {
  const Workload workload{{{.submitted = 0, .seconds = 1, .expected = 1, .bytes = 99}}, {""}};
  const SimulationOptions options{.devices = {{.name = "a", .bytes = 48}}, .scheduler = {}, .fleet = {}};
  const std::string page =
      simulation_page(workload, {{&kFifo, simulate(workload, kFifo, options)}}, options, "none", "");
  EXPECT_THAT(page, HasSubstr("</html>"));
  EXPECT_THAT(page, testing::Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace clipmill
