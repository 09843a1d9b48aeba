#include "serve/queue_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/testing/hand_runner.h"
#include "core/testing/memory_store.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class NoSink : public EventSink {
 public:
  void on_event(const Event&) override {}
};

/// A queue of one device, and requests to it.
class QueueApi {
 public:
  HttpResponse ask(const std::string& method, const std::string& path, const std::string& body = "") {
    return handler_({method, path, {}, body});
  }
  /// The JSON of an answer that went well.
  json get(const std::string& path) { return good(ask("GET", path)); }
  json post(const std::string& path, const json& body) { return good(ask("POST", path, body.dump())); }
  json submit(const std::vector<json>& jobs) { return post("/v1/queue/jobs", {{"jobs", jobs}}); }
  /// The message of a refusal.
  std::string refused(const std::string& method, const std::string& path, const std::string& body = "") {
    const HttpResponse answer = ask(method, path, body);
    EXPECT_EQ(answer.status, 400) << answer.body;
    return json::parse(answer.body).at("error").at("message");
  }
  /// Turns of the main loop, as long as `go_on`; it is asked while the service waits.
  void run(const std::function<bool()>& go_on) {
    bool stopped = false;
    runner.in_wait = [&] {
      stopped = stopped || !go_on();
      for (const auto& job : std::set(runner.cancelled)) runner.tell(job, stopped_);
    };
    service_.run([&] { return stopped; });
  }

  MemoryStore store;
  HandRunner runner;
  std::vector<bool> kept_paused;

 private:
  static json good(const HttpResponse& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.type, "application/json");
    return json::parse(answer.body);
  }

  const JobFailed stopped_{ErrorKind::kCancelled, "cancelled", ""};
  NoSink sink_;
  NoEstimates estimates_;
  const VirtualClock clock_;
  Scheduler scheduler_{kFifo, {}, {{.name = "cpu:0", .bytes = std::int64_t{64} << 30}}};
  Service service_{{store, runner, scheduler_, estimates_, sink_, clock_, [] { return 1000.0; }, [] {},
                    [this](bool paused) { kept_paused.push_back(paused); }},
                   false};
  const HttpHandler handler_ = queue_api(service_);
};

json clip(const std::string& output) { return {{"prompt", "a red circle"}, {"output", output}}; }

TEST(QueueApiTest, WhatIsSubmittedIsInTheQueue) {
  QueueApi api;
  EXPECT_EQ(api.submit({clip("a.mp4"), clip("b.mp4")}).at("ids"), json({1, 2}));
  const json queue = api.get("/v1/queue");
  EXPECT_EQ(queue.at("paused"), false);
  EXPECT_EQ(queue.at("devices").at(0).at("name"), "cpu:0");
  ASSERT_EQ(queue.at("jobs").size(), 2u);
  EXPECT_EQ(queue["jobs"][1].at("state"), "waiting");
  EXPECT_EQ(queue["jobs"][1].at("spec").at("output"), "b.mp4");
  EXPECT_EQ(api.get("/v1/queue/jobs/2"), queue["jobs"][1]);
}

TEST(QueueApiTest, CountsAllOrThoseThatAreNamed) {
  QueueApi api;
  api.submit({clip("a.mp4"), clip("b.mp4"), clip("c.mp4")});
  api.post("/v1/queue/jobs/cancel", {{"ids", {3}}});
  const json all = api.post("/v1/queue/counts", json::object());
  EXPECT_EQ(all.at("waiting"), 2);
  EXPECT_EQ(all.at("cancelled"), 1);
  EXPECT_EQ(all.at("done"), 0);
  const json some = api.post("/v1/queue/counts", {{"ids", {2, 3, 99}}});
  EXPECT_EQ(some.at("waiting"), 1);
  EXPECT_EQ(some.at("cancelled"), 1);
}

TEST(QueueApiTest, ShowsARunningJobAndItsResult) {
  QueueApi api;
  api.submit({clip("a.mp4")});
  json running, done;
  int turn = 0;
  api.run([&] {
    if (++turn == 1) api.runner.tell(1, StageProgress{Stage::kDenoise, 3, 8});
    if (turn == 2) running = api.get("/v1/queue/jobs/1");
    if (turn == 2) api.runner.tell(1, JobFinished{4, 1.5});
    if (turn == 3) done = api.get("/v1/queue/jobs/1");
    return turn < 3;
  });
  EXPECT_EQ(running.at("state"), "running");
  EXPECT_EQ(running.at("progress"),
            json({{"device", "cpu:0"}, {"stage", "denoise"}, {"done", 3}, {"total", 8}}));
  EXPECT_EQ(done.at("result"), json({{"bytes", 4}, {"seconds", 1.5}}));
  EXPECT_FALSE(done.contains("progress"));
}

TEST(QueueApiTest, AStopGivesBackWhatRuns) {
  QueueApi api;
  api.submit({clip("a.mp4")});
  api.run([] { return false; });
  EXPECT_EQ(api.get("/v1/queue/jobs/1").at("state"), "waiting");
}

TEST(QueueApiTest, ChangesEachJobAndSaysWhatWentWrong) {
  QueueApi api;
  api.submit({clip("a.mp4"), clip("b.mp4")});
  const json answer = api.post("/v1/queue/jobs/cancel", {{"ids", {1, 7, 2}}});
  EXPECT_EQ(answer.at("ids"), json({1, 2}));
  EXPECT_EQ(answer.at("errors").at(0).at("id"), 7);
  EXPECT_EQ(answer["errors"][0].at("message"), "there is no job 7");
  const json again = api.post("/v1/queue/jobs/cancel", {{"ids", {1}}});
  EXPECT_EQ(again.at("errors").at(0).at("message"), "job 1 cannot be cancelled: it is cancelled");
  EXPECT_EQ(api.post("/v1/queue/jobs/retry", {{"ids", {1}}}).at("ids"), json({1}));
  EXPECT_EQ(api.get("/v1/queue/jobs/1").at("state"), "waiting");
  EXPECT_EQ(api.post("/v1/queue/jobs/retry", {{"ids", {1}}}).at("errors").at(0).at("message"),
            "job 1 needs no retry: it is waiting");
}

TEST(QueueApiTest, AHeldJobSaysSo) {
  QueueApi api;
  api.submit({clip("a.mp4")});
  api.post("/v1/queue/jobs/pause", {{"ids", {1}}});
  json job = api.get("/v1/queue/jobs/1");
  EXPECT_EQ(job.at("paused"), true);
  EXPECT_THAT(job.at("waits_for").get<std::string>(), HasSubstr("clipmill resume 1"));
  api.post("/v1/queue/jobs/resume", {{"ids", {1}}});
  EXPECT_FALSE(api.get("/v1/queue/jobs/1").contains("paused"));
}

TEST(QueueApiTest, APausedQueueSaysSoAndRemembersIt) {
  QueueApi api;
  api.submit({clip("a.mp4")});
  api.post("/v1/queue/pause", json::object());
  EXPECT_EQ(api.get("/v1/queue").at("paused"), true);
  EXPECT_THAT(api.get("/v1/queue/jobs/1").at("waits_for").get<std::string>(), HasSubstr("queue is paused"));
  api.post("/v1/queue/resume", json::object());
  EXPECT_EQ(api.kept_paused, (std::vector<bool>{true, false}));
}

TEST(QueueApiTest, AWaitForAnotherJobNamesIt) {
  QueueApi api;
  json second = clip("b.mp4");
  second["after"] = "a.mp4";
  api.submit({clip("a.mp4"), second});
  EXPECT_THAT(api.get("/v1/queue/jobs/2").at("waits_for").get<std::string>(), HasSubstr("job 1 (waiting)"));
  api.post("/v1/queue/jobs/cancel", {{"ids", {1}}});
  const json failed = api.get("/v1/queue/jobs/2");
  EXPECT_EQ(failed.at("state"), "failed");
  EXPECT_EQ(failed.at("failure").at("kind"), "dependency");
  EXPECT_THAT(failed["failure"].at("hint").get<std::string>(), HasSubstr("clipmill retry 1"));
}

TEST(QueueApiTest, ADeviceThatIsGivenUpSaysWhy) {
  QueueApi api;
  api.submit({clip("a.mp4")});
  api.runner.lost.insert("cpu:0");
  json waiting;
  api.run([&] { return waiting = api.get("/v1/queue"), false; });
  EXPECT_EQ(waiting.at("devices").at(0).at("trouble"), "cpu:0 is given up");
  EXPECT_EQ(waiting.at("jobs").at(0).at("waits_for"), "a device: none works now");
}

TEST(QueueApiTest, RefusesWhatNoDeviceCouldHold) {
  QueueApi api;
  json command = {{"engine", "command"}, {"command", "make"}, {"memory", "100GB"}, {"output", "a.mp4"}};
  EXPECT_THAT(api.refused("POST", "/v1/queue/jobs", json{{"jobs", {command}}}.dump()),
              HasSubstr("a.mp4 asks for 93.1 GiB of memory"));
  EXPECT_TRUE(api.store.jobs().empty());
}

TEST(QueueApiTest, RefusesWhatItCannotRead) {
  QueueApi api;
  EXPECT_THAT(api.refused("POST", "/v1/queue/jobs", "{"), HasSubstr("must be {\"jobs\""));
  EXPECT_THAT(api.refused("POST", "/v1/queue/jobs", "[1]"), HasSubstr("must be {\"jobs\""));
  EXPECT_THAT(api.refused("POST", "/v1/queue/jobs", R"({"jobs": [{"promt": "x"}]})"), HasSubstr("promt"));
  EXPECT_THAT(api.refused("POST", "/v1/queue/jobs/cancel", "{}"), HasSubstr("ids"));
  EXPECT_THAT(api.refused("POST", "/v1/queue/counts", R"({"ids": "all"})"), HasSubstr("must be {\"ids\""));
  EXPECT_EQ(api.refused("GET", "/v1/queue/jobs/seven"), "\"seven\" is no job's number");
  EXPECT_THAT(api.refused("GET", "/v1/queue/jobs/7"), HasSubstr("there is no job 7"));
  EXPECT_TRUE(api.store.jobs().empty());
}

TEST(QueueApiTest, KnowsNoOtherPath) {
  QueueApi api;
  EXPECT_EQ(api.ask("GET", "/v1/queues").status, 404);
  EXPECT_EQ(api.ask("DELETE", "/v1/queue").status, 405);
  EXPECT_EQ(api.ask("GET", "/v1/queue/jobs/").status, 404);
}

/// Ends what it is given at once. The dispatcher's lock keeps its calls apart, except wait().
class InstantRunner : public HandRunner {
 public:
  void start(const Attempt& attempt) override {
    HandRunner::start(attempt);
    tell(attempt.job, JobFinished{1, 1});
  }
  void wait(double) override { std::this_thread::yield(); }
};

TEST(ServiceThreads, ManyAskWhileTheQueueRuns) {
  constexpr int kThreads = 3, kJobs = 40;
  MemoryStore store;
  InstantRunner runner;
  NoSink sink;
  NoEstimates estimates;
  const SystemClock clock;
  Scheduler scheduler(kFair, {}, {{.name = "cpu:0"}});
  Service service({store, runner, scheduler, estimates, sink, clock, [] { return 0.0; }, [] {}, [](bool) {}},
                  false);
  const HttpHandler api = queue_api(service);
  std::atomic<bool> stopped = false;
  std::thread loop([&] { service.run([&] { return stopped.load(); }); });
  std::vector<std::thread> people;
  for (int person = 0; person < kThreads; ++person) {
    people.emplace_back([&, person] {
      for (int job = 0; job < kJobs; ++job) {
        const json body = {{"jobs", {clip(fmt::format("{}-{}.mp4", person, job))}}};
        EXPECT_EQ(api({"POST", "/v1/queue/jobs", {}, body.dump()}).status, 200);
        EXPECT_EQ(api({"GET", "/v1/queue", {}, ""}).status, 200);
        EXPECT_EQ(api({"POST", "/v1/queue/counts", {}, "{}"}).status, 200);
      }
    });
  }
  for (std::thread& person : people) person.join();
  while (service.counts({})[static_cast<std::size_t>(JobState::kDone)] < kThreads * kJobs)
    std::this_thread::yield();
  stopped = true;
  loop.join();
}

RC_GTEST_PROP(QueueApiProperty, AnswersWhateverIsAsked, ()) {
  QueueApi api;
  const auto path = *rc::gen::element<std::string>("/v1/queue/jobs", "/v1/queue/jobs/cancel",
                                                   "/v1/queue/counts", "/v1/queue/jobs/1", "/v1/queue", "");
  const auto tail = *rc::gen::oneOf(rc::gen::just(std::string()), rc::gen::arbitrary<std::string>());
  const auto body = *rc::gen::oneOf(
      rc::gen::arbitrary<std::string>(),
      rc::gen::element<std::string>("{}", "null", "[]", "0", R"({"ids":[-1,1e9]})", R"({"jobs":[null]})",
                                    R"({"jobs":[{"output":1}]})", R"({"jobs":{}})", R"({"ids":[[]]})"));
  const HttpResponse answer = api.ask(*rc::gen::element<std::string>("GET", "POST"), path + tail, body);
  RC_ASSERT(answer.status == 200 || answer.status == 400 || answer.status == 404 || answer.status == 405);
  RC_ASSERT(!json::parse(answer.body, nullptr, false).is_discarded());
}

}  // namespace
}  // namespace clipmill
