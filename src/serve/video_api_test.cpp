#include "serve/video_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/testing/hand_runner.h"
#include "core/testing/memory_store.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class NobodyListens : public EventSink {
 public:
  void on_event(const Event&) override {}
};

/// A queue of one device behind the API; models are "shapes" and "large".
class VideoApiTest : public testing::Test {
 protected:
  HttpResponse ask(const std::string& method, const std::string& path, const json& body = nullptr,
                   const std::string& key = "") {
    HttpRequest request{method, path, {}, body.is_null() ? "" : body.dump(), {}, {}};
    const std::size_t mark = path.find('?');
    if (mark != path.npos) {
      request.path = path.substr(0, mark);
      std::istringstream pairs(path.substr(mark + 1));
      for (std::string pair; std::getline(pairs, pair, '&');)
        request.query[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
    }
    if (!key.empty()) request.headers["idempotency-key"] = key;
    request.client = client_;
    return handler_(request);
  }
  json good(const HttpResponse& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json::parse(answer.body);
  }
  json create(const std::string& prompt, const std::string& key = "") {
    return good(ask("POST", "/v1/videos", {{"prompt", prompt}, {"model", "shapes"}, {"size", "64x64"}}, key));
  }
  /// Turns of the main loop, as long as `go_on`.
  void run(const std::function<bool()>& go_on) {
    bool stopped = false;
    runner_.in_wait = [&] {
      stopped = stopped || !go_on();
      for (const auto& job : std::set(runner_.cancelled))
        runner_.tell(job, JobFailed{ErrorKind::kCancelled, "cancelled", ""});
    };
    service_.run([&] { return stopped; });
  }

  MemoryStore store_;
  HandRunner runner_;
  NobodyListens sink_;
  NoEstimates estimates_;
  const VirtualClock clock_;
  Scheduler scheduler_{kFifo, {}, {{.name = "cpu:0"}}};
  std::set<JobId> kept_doomed_;
  Service service_{{store_,
                    runner_,
                    scheduler_,
                    estimates_,
                    sink_,
                    clock_,
                    [] { return 1000.0; },
                    [] {},
                    [](bool) {},
                    [] {},
                    "",
                    {},
                    [this](const std::set<JobId>& ids) { kept_doomed_ = ids; },
                    [](JobId, std::string_view) {},
                    [this](const JobSpec& job) { removed_.insert(job.output); }},
                   false};
  int names_ = 0;
  std::set<std::string> removed_;
  Client client_;
  double now_ = 1000;
  const VideoSetting setting_ = {
      .models =
          [] {
            return std::vector<std::string>{"large", "shapes"};
          },
      .model_path = [](const std::string& name) -> std::string {
        if (name != "shapes") throw input_error("there is no model {}", name);
        return "/models/shapes";
      },
      .lora_path = [](const std::string& name) -> std::string {
        if (name != "ink") throw input_error("there is no LoRA {}", name);
        return "/loras/ink.safetensors";
      },
      .shape = [](JobSpec& job) { job.clip.frames = 17; },
      .prepare =
          [](Manifest& manifest) {
            for (const JobSpec& job : manifest.jobs) {
              if (job.clip.width > 1000) throw input_error("width is too large");
              if (job.clip.height > 1000) throw ManifestError({{"", 0, 0, "height is too large"}});
            }
          },
      .folder = "/videos",
      .new_name = [this] { return std::to_string(++names_); },
      .wall_time = [this] { return now_; },
  };
  const HttpHandler handler_ = video_api(service_, setting_);
};

TEST_F(VideoApiTest, ACreatedVideoIsAQueuedJob) {
  const json video = create("a red circle");
  EXPECT_EQ(video.at("id"), "video_1");
  EXPECT_EQ(video.at("object"), "video");
  EXPECT_EQ(video.at("status"), "queued");
  EXPECT_EQ(video.at("size"), "64x64");
  EXPECT_EQ(video.at("model"), "shapes");
  EXPECT_EQ(good(ask("GET", "/v1/videos/video_1")).at("prompt"), "a red circle");
  EXPECT_EQ(store_.find(1)->spec.output, "/videos/1.mp4");
}

TEST_F(VideoApiTest, AKeyMakesOneVideo) {
  EXPECT_EQ(create("a", "k").at("id"), "video_1");
  EXPECT_EQ(create("a", "k").at("id"), "video_1");
  EXPECT_EQ(create("a", "other").at("id"), "video_2");
  const HttpResponse other =
      ask("POST", "/v1/videos", {{"prompt", "b"}, {"model", "shapes"}, {"size", "64x64"}}, "k");
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(store_.find(1)->spec.clip.prompt, "a");
}

TEST_F(VideoApiTest, IsOfTheShapeThatItsModelIsMadeFor) {
  EXPECT_EQ(create("a").at("num_frames"), 17);
  const json asked =
      good(ask("POST", "/v1/videos", {{"prompt", "b"}, {"model", "shapes"}, {"num_frames", 9}}));
  EXPECT_EQ(asked.at("num_frames"), 9);
}

TEST_F(VideoApiTest, IsRefusedWithTheParameter) {
  const auto refused = [&](const json& body, int status = 400) {
    const HttpResponse answer = ask("POST", "/v1/videos", body);
    EXPECT_EQ(answer.status, status) << body;
    const json error = json::parse(answer.body).at("error");
    EXPECT_EQ(error.at("type"), "invalid_request_error");
    return error.at("param").dump() + ": " + error.at("message").get<std::string>();
  };
  EXPECT_THAT(refused({{"prompt", "x"}, {"model", "nobody"}}, 422),
              HasSubstr("\"model\": there is no model"));
  EXPECT_THAT(refused({{"prompt", "x"}}, 422), HasSubstr("\"model\""));
  EXPECT_THAT(refused({{"prompt", "x"}, {"model", 5}}), HasSubstr("\"model\": model: must be a name"));
  json deep = 1;
  for (int i = 0; i < 20; ++i) deep = json::array({deep});
  EXPECT_THAT(refused({{"prompt", deep}, {"model", "shapes"}}), HasSubstr("too deeply"));
  EXPECT_THAT(refused({{"prompt", "x"}, {"model", "shapes"}, {"width", 2000}}, 422), HasSubstr("too large"));
  EXPECT_EQ(refused({{"prompt", "x"}, {"model", "shapes"}, {"height", 2000}}, 422),
            "null: height is too large");
  EXPECT_THAT(refused({{"prompt", "x"}, {"model", "shapes"}, {"input_reference", "a.png"}}),
              HasSubstr("input_reference"));
  EXPECT_TRUE(store_.jobs().empty());
}

TEST_F(VideoApiTest, ListsPagesInEitherOrder) {
  for (int i = 0; i < 5; ++i) create("clip " + std::to_string(i));
  const json first = good(ask("GET", "/v1/videos?limit=2"));
  EXPECT_EQ(first.at("first_id"), "video_5");
  EXPECT_EQ(first.at("last_id"), "video_4");
  EXPECT_TRUE(first.at("has_more"));
  const json rest = good(ask("GET", "/v1/videos?limit=10&after=video_4"));
  EXPECT_EQ(rest.at("data").size(), 3u);
  EXPECT_FALSE(rest.at("has_more"));
  EXPECT_EQ(good(ask("GET", "/v1/videos?order=asc&limit=1")).at("first_id"), "video_1");
  for (const char* query : {"limit=0", "limit=x", "limit=", "order=up", "order=", "after=", "after=5"})
    EXPECT_EQ(ask("GET", std::string("/v1/videos?") + query).status, 400) << query;
  EXPECT_EQ(ask("GET", "/v1/videos?after=video_99").status, 404);
}

TEST_F(VideoApiTest, OthersJobsAreNotShown) {
  JobSpec manifest;
  manifest.output = "/home/somebody/film.mp4";
  service_.submit({manifest});
  EXPECT_TRUE(good(ask("GET", "/v1/videos")).at("data").empty());
  for (const char* id : {"video_1", "video_", "video_1x", "1", "video_7"})
    EXPECT_EQ(ask("DELETE", std::string("/v1/videos/") + id).status, 404) << id;
  EXPECT_EQ(store_.jobs().size(), 1u);
}

TEST_F(VideoApiTest, TellsHowFarItIsAndServesWhatIsThere) {
  create("a");
  json running;
  int turn = 0;
  EXPECT_EQ(ask("GET", "/v1/videos/video_1/content").status, 409);
  run([&] {
    if (++turn == 1) runner_.tell(1, StageProgress{Stage::kDenoise, 10, 20});
    if (turn == 2) running = good(ask("GET", "/v1/videos/video_1"));
    if (turn == 2) runner_.tell(1, JobFinished{4, 1.5});
    return turn < 3;
  });
  EXPECT_EQ(running.at("status"), "in_progress");
  EXPECT_EQ(running.at("progress"), 45);
  EXPECT_EQ(good(ask("GET", "/v1/videos/video_1")).at("status"), "completed");
  const HttpResponse content = ask("GET", "/v1/videos/video_1/content");
  EXPECT_EQ(content.file, "/videos/1.mp4");
  EXPECT_EQ(content.type, "video/mp4");
  EXPECT_EQ(ask("GET", "/v1/videos/video_1/content?variant=thumbnail").file, "/videos/1.jpg");
  EXPECT_EQ(ask("GET", "/v1/videos/video_1/content?variant=spritesheet").file, "/videos/1.png");
  EXPECT_EQ(ask("GET", "/v1/videos/video_1/content?variant=hologram").status, 400);
}

TEST_F(VideoApiTest, ARemixKeepsWhatItDoesNotChange) {
  create("a");
  const json remix = good(ask("POST", "/v1/videos/video_1/remix", {{"prompt", "b"}}));
  EXPECT_EQ(remix.at("remixed_from_video_id"), "video_1");
  EXPECT_EQ(remix.at("prompt"), "b");
  EXPECT_EQ(remix.at("size"), "64x64");
  EXPECT_EQ(remix.at("model"), "shapes");
}

TEST_F(VideoApiTest, WhatIsDeletedIsGone) {
  create("waits");
  EXPECT_TRUE(good(ask("DELETE", "/v1/videos/video_1")).at("deleted"));
  EXPECT_EQ(ask("GET", "/v1/videos/video_1").status, 404);
  EXPECT_EQ(removed_, std::set<std::string>{"/videos/1.mp4"});
}

TEST_F(VideoApiTest, WhatRunsIsGoneAtOnceAndForgottenWhenItHasEnded) {
  create("runs", "k");
  int turn = 0;
  run([&] {
    if (++turn == 1) {
      EXPECT_TRUE(good(ask("DELETE", "/v1/videos/video_1")).at("deleted"));
      EXPECT_EQ(ask("GET", "/v1/videos/video_1").status, 404);
      EXPECT_TRUE(good(ask("GET", "/v1/videos")).at("data").empty());
      EXPECT_EQ(kept_doomed_, std::set<JobId>{1}) << "a crash brings it back";
      const json same = {{"prompt", "runs"}, {"model", "shapes"}, {"size", "64x64"}};
      EXPECT_EQ(ask("POST", "/v1/videos", same, "k").status, 422) << "it would go with the other";
    }
    return turn < 4;
  });
  EXPECT_TRUE(store_.jobs().empty());
  EXPECT_TRUE(kept_doomed_.empty());
}

TEST(Service, WhatWasRemovedBeforeARestartDoesNotComeBack) {
  MemoryStore store(2);
  HandRunner runner;
  NobodyListens sink;
  NoEstimates estimates;
  const VirtualClock clock;
  Scheduler scheduler(kFifo, {}, {{.name = "cpu:0"}});
  std::set<JobId> kept = {1, 7};
  const Service service({store, runner, scheduler, estimates, sink, clock, [] { return 1000.0; }, [] {},
                         [](bool) {}, [] {}, "", kept, [&](const std::set<JobId>& ids) { kept = ids; }},
                        false);
  ASSERT_EQ(store.jobs().size(), 1u);
  EXPECT_EQ(store.jobs()[0].id, 2);
  EXPECT_TRUE(kept.empty());
}

TEST_F(VideoApiTest, ListsModels) {
  EXPECT_EQ(good(ask("GET", "/v1/models")).at("data").at(1).at("id"), "shapes");
  EXPECT_EQ(good(ask("GET", "/v1/models/shapes")).at("object"), "model");
  EXPECT_EQ(ask("GET", "/v1/models/nobody").status, 404);
  EXPECT_EQ(ask("GET", "/v1/queue").status, 404);
}

TEST_F(VideoApiTest, AMethodThatAPathHasNotIsNamedWithThoseThatItHas) {
  const HttpResponse answer = ask("PATCH", "/v1/videos/video_1");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.headers.at("Allow"), "GET, DELETE");
  EXPECT_EQ(ask("DELETE", "/v1/models").status, 405);
}

TEST_F(VideoApiTest, ARemixIsRememberedAndAKeyIsOneRequestOfAnyKind) {
  create("a", "k");
  const json remix = good(ask("POST", "/v1/videos/video_1/remix", {{"prompt", "b"}}));
  EXPECT_EQ(good(ask("GET", "/v1/videos/" + remix.at("id").get<std::string>())).at("remixed_from_video_id"),
            "video_1");
  EXPECT_EQ(good(ask("GET", "/v1/videos")).at("data").at(0).at("remixed_from_video_id"), "video_1");
  EXPECT_EQ(ask("POST", "/v1/videos/video_1/remix", {{"prompt", "b"}}, "k").status, 409);
}

TEST_F(VideoApiTest, KeysThatNoHeaderHoldsAreRefused) {
  const json body = {{"prompt", "a"}, {"model", "shapes"}, {"size", "64x64"}};
  EXPECT_EQ(ask("POST", "/v1/videos", body, std::string(129, 'k')).status, 400);
  EXPECT_EQ(ask("POST", "/v1/videos", body, "two words").status, 400);
  EXPECT_EQ(ask("POST", "/v1/videos", body, std::string(128, '~')).status, 200);
}

TEST_F(VideoApiTest, AClientSeesItsOwnVideos) {
  create("everybody's");
  client_.name = "studio";
  EXPECT_EQ(create("its own", "k").at("id"), "video_2");
  EXPECT_EQ(store_.find(2)->spec.output.rfind("/videos-studio/", 0), 0u);
  EXPECT_EQ(good(ask("GET", "/v1/videos")).at("data").size(), 1u);
  EXPECT_EQ(ask("GET", "/v1/videos/video_1").status, 404);
  EXPECT_EQ(ask("DELETE", "/v1/videos/video_1").status, 404);
  client_.name = "other";
  EXPECT_EQ(create("its own", "k").at("id"), "video_3") << "keys are each client's own";
}

TEST_F(VideoApiTest, AQuotaLimitsWhatWaits) {
  client_ = {.name = "studio", .waiting = 2};
  create("a");
  create("b", "k");
  EXPECT_EQ(ask("POST", "/v1/videos", {{"prompt", "c"}, {"model", "shapes"}, {"size", "64x64"}}).status, 429);
  EXPECT_EQ(create("b", "k").at("id"), "video_2") << "the same again is nothing new";
  good(ask("DELETE", "/v1/videos/video_1"));
  create("c");
}

TEST_F(VideoApiTest, AQuotaLimitsAnHour) {
  client_ = {.name = "studio", .hourly = 1};
  const json id = create("a").at("id");
  good(ask("DELETE", "/v1/videos/" + id.get<std::string>()));
  now_ += 600;
  const HttpResponse answer =
      ask("POST", "/v1/videos", {{"prompt", "b"}, {"model", "shapes"}, {"size", "64x64"}});
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.at("Retry-After"), "3000");
  now_ += 3000;
  create("b");
}

TEST_F(VideoApiTest, ABatchIsAManifest) {
  const auto send = [&](const std::string& type, const std::string& text, const std::string& key = "") {
    HttpRequest request{"POST", "/v1/batches", {}, text, {{"content-type", type}}, {}};
    if (!key.empty()) request.headers["idempotency-key"] = key;
    return handler_(request);
  };
  const std::string two =
      "{\"prompt\": \"a\", \"model\": \"shapes\"}\n{\"prompt\": \"b\", \"model\": \"shapes\"}\n";
  const json videos = good(send("application/jsonl", two, "k")).at("data");
  ASSERT_EQ(videos.size(), 2u);
  EXPECT_EQ(videos.at(1).at("prompt"), "b");
  EXPECT_EQ(good(send("application/jsonl", two, "k")).at("data"), videos) << "the same key";
  EXPECT_EQ(send("application/jsonl", two + two, "k").status, 409);
  EXPECT_EQ(store_.jobs().size(), 2u);
  const HttpResponse wrong = send("text/csv", "prompt,model\na,shapes\nb,nobody\n");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(json::parse(wrong.body).at("error").at("details").at(0).at("line"), 3);
  EXPECT_EQ(send("image/png", "x").status, 415);
  EXPECT_EQ(store_.jobs().size(), 2u);
}

TEST_F(VideoApiTest, ALoraIsNamed) {
  const auto ask_for = [&](const json& lora) {
    return ask("POST", "/v1/videos",
               {{"prompt", "a"}, {"model", "shapes"}, {"size", "64x64"}, {"lora", lora}});
  };
  EXPECT_EQ(ask_for("ink:0.5").status, 200);
  EXPECT_EQ(store_.find(1)->spec.loras, (std::vector<LoraChoice>{{"/loras/ink.safetensors", 0.5}}));
  EXPECT_EQ(ask_for({{"name", "ink"}, {"scale", 2}}).status, 200);
  EXPECT_EQ(store_.find(2)->spec.loras, (std::vector<LoraChoice>{{"/loras/ink.safetensors", 2}}));
  EXPECT_EQ(ask_for("/etc/passwd").status, 422);
}

TEST_F(VideoApiTest, TellsThePlaceInTheQueue) {
  create("a");
  create("b");
  EXPECT_EQ(good(ask("GET", "/v1/videos/video_2")).at("position"), 2);
  EXPECT_FALSE(good(ask("GET", "/v1/videos")).at("data").at(0).contains("position"))
      << "a list is no forecast";
}

TEST_F(VideoApiTest, WhoIsEndingTakesNothingMore) {
  EXPECT_EQ(service_.trouble(), "");
  service_.run([] { return true; });
  EXPECT_EQ(service_.trouble(), "the daemon is ending");
  const HttpResponse answer =
      ask("POST", "/v1/videos", {{"prompt", "b"}, {"model", "shapes"}, {"size", "64x64"}});
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.headers.contains("Retry-After"));
  EXPECT_EQ(ask("GET", "/v1/videos").status, 200);
}

}  // namespace
}  // namespace clipmill
