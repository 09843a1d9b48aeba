#include "serve/report_api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/testing/hand_runner.h"
#include "core/testing/memory_store.h"

namespace clipmill {
namespace {

using nlohmann::json;

/// Remembers one stage, and what it was asked for.
class PastStore : public MemoryStore {
 public:
  History past(double since) const override {
    asked = since;
    return {since, 5000, {{1, 1, "cpu:0", Stage::kDenoise, 4000, 4900, 900, 1, "resident", "done"}}};
  }
  mutable double asked = 0;
};

class ReportApiTest : public testing::Test {
 protected:
  struct Deaf : EventSink {
    void on_event(const Event&) override {}
  };
  HttpResponse ask(const std::string& path, std::map<std::string, std::string> query = {},
                   const std::string& method = "GET") {
    const ReportParts parts{service_, [] { return 5000.0; }};
    return report_api(parts).add(span_api(parts))({method, path, std::move(query)});
  }

  PastStore store_;
  HandRunner runner_;
  Scheduler scheduler_{find_policy("fair"), {}, {{.name = "cpu:0", .bytes = 1000}}};
  NoEstimates estimates_;
  Deaf sink_;
  VirtualClock clock_;
  Service service_{
      {store_, runner_, scheduler_, estimates_, sink_, clock_, [] { return 5000.0; }, [] {}, [](bool) {}},
      false};
};

TEST_F(ReportApiTest, GanttOfTheLastSeconds) {
  const json gantt = json::parse(ask("/v1/gantt", {{"seconds", "1500"}}).body);
  EXPECT_EQ(store_.asked, 3500);
  EXPECT_EQ(gantt.at("spans").at(0).at("job"), 1);
}

TEST_F(ReportApiTest, ReportOfAnHourUnlessAskedOtherwise) {
  const json report = json::parse(ask("/v1/report").body);
  EXPECT_EQ(report.at("seconds"), 3600);
  EXPECT_EQ(report.at("devices").at(0).at("parts").at(0), json({{"name", "denoise"}, {"seconds", 900.0}}));
}

TEST_F(ReportApiTest, SpansHoldEverything) {
  EXPECT_TRUE(json::parse(ask("/v1/spans").body).contains("attempts"));
}

TEST_F(ReportApiTest, RefusesOtherSpansOfTimeAndChanges) {
  for (const char* seconds : {"0", "-1", "nan", "1e9", "an hour", ""})
    EXPECT_EQ(ask("/v1/gantt", {{"seconds", seconds}}).status, 400) << seconds;
  EXPECT_EQ(ask("/v1/report", {}, "POST").status, 405);
}

}  // namespace
}  // namespace clipmill
