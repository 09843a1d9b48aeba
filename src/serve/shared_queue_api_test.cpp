#include "serve/shared_queue_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/testing/hand_runner.h"
#include "core/testing/memory_store.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class Deaf : public EventSink {
 public:
  void on_event(const Event&) override {}
};

JobSpec clip_for(const std::string& output) {
  JobSpec job;
  job.clip.prompt = "a red circle", job.model = "/secret/shapes", job.output = output;
  return job;
}

class SharedQueueApi : public testing::Test {
 protected:
  HttpResponse ask(const std::string& method, const std::string& path,
                   const std::map<std::string, std::string>& query = {}, const std::string& body = "") {
    return handler_({method, path, query, body});
  }
  json queue(const std::map<std::string, std::string>& query) {
    const HttpResponse answer = ask("GET", "/v1/queue", query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json::parse(answer.body);
  }
  static std::vector<JobId> ids(const json& queue) {
    std::vector<JobId> ids;
    for (const json& job : queue.at("jobs")) ids.push_back(job.at("id"));
    return ids;
  }
  json post(const std::string& path, const json& body) {
    return json::parse(ask("POST", path, {}, body.dump()).body);
  }
  void submit(int count) {
    for (int i = 1; i <= count; ++i) service_.submit({clip_for(fmt::format("/videos/{}.mp4", i))});
  }

  std::vector<std::pair<JobId, std::string>> changes_;
  MemoryStore store_;
  HandRunner runner_;
  Deaf sink_;
  NoEstimates estimates_;
  const VirtualClock clock_;
  Scheduler scheduler_{kFifo, {}, {{.name = "cpu:0"}}};
  Service service_{
      {.store = store_,
       .runner = runner_,
       .scheduler = scheduler_,
       .estimates = estimates_,
       .observer = sink_,
       .clock = clock_,
       .wall_time = [] { return 1000.0; },
       .wake = [] {},
       .keep_paused = [](bool) {},
       .changed = [this](JobId id, std::string_view state) { changes_.emplace_back(id, state); }},
      false};
  const HttpHandler handler_ = shared_queue_api(service_, "/videos");
};

TEST_F(SharedQueueApi, ShowsAPage) {
  submit(5);
  json page = queue({{"limit", "2"}});
  EXPECT_EQ(ids(page), (std::vector<JobId>{1, 2}));
  EXPECT_EQ(page.at("has_more"), true);
  EXPECT_EQ(page.at("counts").at("waiting"), 5);
  page = queue({{"limit", "3"}, {"after", "2"}});
  EXPECT_EQ(ids(page), (std::vector<JobId>{3, 4, 5}));
  EXPECT_EQ(page.at("has_more"), false);
  EXPECT_EQ(ids(queue({{"order", "desc"}, {"limit", "2"}, {"after", "4"}})), (std::vector<JobId>{3, 2}));
}

TEST_F(SharedQueueApi, ShowsThoseOfAState) {
  submit(3);
  post("/v1/queue/jobs/cancel", {{"ids", {2}}});
  EXPECT_EQ(ids(queue({{"state", "cancelled"}})), (std::vector<JobId>{2}));
  EXPECT_EQ(ids(queue({{"state", "waiting"}})), (std::vector<JobId>{1, 3}));
}

TEST_F(SharedQueueApi, ARowSaysWhatItIsAndNoPath) {
  submit(1);
  const HttpResponse answer = ask("GET", "/v1/queue/jobs/1");
  const json row = json::parse(answer.body);
  EXPECT_EQ(row.at("title"), "a red circle");
  EXPECT_EQ(row.at("model"), "shapes");
  EXPECT_EQ(row.at("video"), "video_1");
  EXPECT_THAT(row.at("waits_for").get<std::string>(), HasSubstr("cpu:0"));
  EXPECT_THAT(answer.body, Not(HasSubstr("/")));
  service_.submit({clip_for("/elsewhere/a.mp4")});
  EXPECT_FALSE(json::parse(ask("GET", "/v1/queue/jobs/2").body).contains("video"));
}

TEST_F(SharedQueueApi, ChangesJobsAndTellsThoseWhoLookOn) {
  submit(2);
  EXPECT_EQ(post("/v1/queue/jobs/cancel", {{"ids", {1, 9}}}).at("errors").at(0).at("id"), 9);
  EXPECT_EQ(post("/v1/queue/jobs/pause", {{"ids", {2}}}).at("ids"), json({2}));
  EXPECT_EQ(post("/v1/queue/jobs/retry", {{"ids", {1}}}).at("ids"), json({1}));
  service_.remove(2);
  EXPECT_THAT(changes_, testing::ElementsAre(std::pair(1, "waiting"), std::pair(2, "waiting"),
                                             std::pair(1, "cancelled"), std::pair(2, "waiting"),
                                             std::pair(1, "waiting"), std::pair(2, "removed")));
  post("/v1/queue/pause", json::object());
  EXPECT_EQ(queue({}).at("paused"), true);
}

TEST_F(SharedQueueApi, TakesNoJobs) {
  const std::string body = json{{"jobs", {{{"prompt", "x"}, {"output", "/etc/x"}}}}}.dump();
  EXPECT_EQ(ask("POST", "/v1/queue/jobs", {}, body).status, 404);
  EXPECT_TRUE(store_.jobs().empty());
}

TEST_F(SharedQueueApi, RefusesWhatItCannotRead) {
  for (const auto& [name, value] : std::multimap<std::string, std::string>{{"limit", "0"},
                                                                           {"limit", "1001"},
                                                                           {"after", "-1"},
                                                                           {"after", "x"},
                                                                           {"state", "ready"},
                                                                           {"order", "up"}}) {
    const HttpResponse answer = ask("GET", "/v1/queue", {{name, value}});
    EXPECT_EQ(answer.status, 400) << name << "=" << value;
    EXPECT_EQ(json::parse(answer.body).at("error").at("param"), name);
  }
  for (const char* body : {"", "[]", "{}", R"({"ids": "all"})"})
    EXPECT_EQ(ask("POST", "/v1/queue/jobs/cancel", {}, body).status, 400) << body;
  EXPECT_EQ(ask("GET", "/v1/queue/jobs/7").status, 404);
  EXPECT_EQ(ask("GET", "/v1/queue/jobs/x").status, 404);
}

}  // namespace
}  // namespace clipmill
