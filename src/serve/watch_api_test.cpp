#include "serve/watch_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/policy/policy.h"
#include "core/testing/memory_store.h"

namespace clipmill {
namespace {

using nlohmann::json;

/// A card that tells everything.
class WarmCard : public Sensors {
 public:
  DeviceReading read(const std::string&) override {
    DeviceReading reading{.total_bytes = 2'000, .used_bytes = 700, .held = BytesByCategory{{500, 20, 3}}};
    reading.utilisation = 0.5;
    reading.power_watts = 300;
    return reading;
  }
};

class DeafAlarms : public AlarmSink {
 public:
  void on_alarm(const Alarm&) override {}
};

class WatchApiTest : public testing::Test {
 protected:
  HttpResponse get(const std::string& path, std::map<std::string, std::string> query = {},
                   const std::string& method = "GET") {
    return watch_api(watch_)({method, path, std::move(query)});
  }
  json body(const std::string& path, std::map<std::string, std::string> query = {}) {
    return json::parse(get(path, std::move(query)).body);
  }

  MemoryStore store_{3};
  VirtualClock clock_;
  Scheduler scheduler_{find_policy("fifo"), {}, {DeviceSpec{"cuda:0", 1'000}}};
  WarmCard sensors_;
  DeafAlarms alarms_;
  Watch watch_{{store_, scheduler_, sensors_, clock_, [this] { return 50 + clock_.now(); },
                [] { return true; }, alarms_},
               {}};
};

TEST_F(WatchApiTest, HealthTellsDevicesAlarmsAndCounts) {
  watch_.look();
  const json health = body("/v1/health");
  EXPECT_EQ(health.at("waiting"), 3);
  EXPECT_EQ(health.at("running"), 0);
  EXPECT_EQ(health.at("paused"), true);
  const json& device = health.at("devices").at(0);
  EXPECT_EQ(device.at("name"), "cuda:0");
  EXPECT_EQ(device.at("budget_bytes"), 1'000);
  EXPECT_EQ(device.at("used_bytes"), 700);
  EXPECT_EQ(device.at("model_bytes"), 500);
  EXPECT_EQ(device.at("intermediate_bytes"), 3);
  EXPECT_EQ(device.at("utilisation"), 0.5);
  EXPECT_EQ(device.at("power_watts"), 300);
  EXPECT_FALSE(device.contains("temperature_celsius")) << "it does not tell";
  EXPECT_EQ(health.at("alarms").at(0).at("name"), "device_lost");
  EXPECT_EQ(health.at("alarms").at(0).at("state"), "ok");
}

TEST_F(WatchApiTest, WhoMayNotSeeTheQueueSeesNoNames) {
  watch_.on_event({1, 1, "cuda:0", JobStarted{}});
  watch_.look();
  const Routes routes = watch_api(watch_);
  const auto job_for = [&](const std::set<Scope>& scopes) {
    HttpRequest request{"GET", "/v1/health"};
    request.client.scopes = scopes;
    return json::parse(routes(request).body).at("devices").at(0).at("jobs").at(0);
  };
  EXPECT_FALSE(job_for({Scope::kRead}).contains("name"));
  EXPECT_EQ(job_for({Scope::kRead}).at("id"), 1);
  EXPECT_TRUE(job_for({Scope::kOperate}).contains("name"));
}

TEST_F(WatchApiTest, HistoryIsColumns) {
  for (int i = 0; i < 5; ++i) {
    watch_.look();
    clock_.advance(2);
  }
  const json history = body("/v1/history");
  EXPECT_EQ(history.at("times"), (json{50, 52, 54, 56, 58}));
  EXPECT_EQ(history.at("waiting"), (json{3, 3, 3, 3, 3}));
  EXPECT_EQ(history.at("devices").at("cuda:0").at("data_bytes"), (json{20, 20, 20, 20, 20}));
  EXPECT_EQ(body("/v1/history", {{"seconds", "2"}}).at("times"), (json{56, 58}));
  EXPECT_EQ(get("/v1/history", {{"seconds", "soon"}}).status, 400);
}

TEST_F(WatchApiTest, MetricsArePrometheusText) {
  watch_.look();
  const HttpResponse metrics = get("/metrics");
  EXPECT_THAT(metrics.type, testing::StartsWith("text/plain; version=0.0.4"));
  EXPECT_THAT(metrics.body, testing::HasSubstr("clipmill_device_memory_used_bytes{device=\"cuda:0\"} 700\n"));
}

TEST_F(WatchApiTest, IsReadyOnceItHasLooked) {
  EXPECT_EQ(get("/readyz").status, 503);
  watch_.look();
  EXPECT_EQ(get("/readyz").status, 200);
  const Routes ending = watch_api(watch_, [] { return std::string("the daemon is ending"); });
  EXPECT_EQ(ending({"GET", "/readyz"}).status, 503);
  EXPECT_EQ(ending({"GET", "/healthz"}).status, 200);
}

TEST_F(WatchApiTest, IsOnlyToBeRead) {
  EXPECT_EQ(get("/metrics", {}, "POST").status, 405);
  EXPECT_EQ(get("/v1/health/more").status, 404);
}

}  // namespace
}  // namespace clipmill
