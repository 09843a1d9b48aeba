#include "serve/http_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clipmill {
namespace {

int status(const HttpGate& gate, const std::string& path, std::map<std::string, std::string> headers,
           const std::string& method = "GET") {
  HttpRequest request{method, path, {}, "", std::move(headers), {}};
  const auto refusal = gate(request);
  return refusal ? refusal->status : 200;
}

TEST(HttpGate, WithoutTokensThisMachinesNamesOnly) {
  const HttpGate gate = token_gate({});
  for (const char* host : {"localhost", "LOCALHOST", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"})
    EXPECT_EQ(status(gate, "/v1/videos", {{"host", host}}), 200) << host;
  for (const char* host : {"evil.example", "localhost.evil.example:8000", "127.0.0.1.evil.example", "",
                           "[::1", "localhost:x@evil", "localhost:"})
    EXPECT_EQ(status(gate, "/v1/videos", {{"host", host}}), 403) << host;
}

TEST(HttpGate, WithoutTokensNoPageOfAnotherSite) {
  const HttpGate gate = token_gate({});
  const auto from = [&](const char* origin) {
    return status(gate, "/v1/videos", {{"host", "127.0.0.1:8000"}, {"origin", origin}});
  };
  EXPECT_EQ(from("http://localhost:8000"), 200);
  for (const char* origin : {"https://evil.example", "null", "http://localhost.evil.example", "localhost"})
    EXPECT_EQ(from(origin), 403) << origin;
}

TEST(HttpGate, WithTokensOneOfThem) {
  const HttpGate gate = token_gate({{"first"}, {"second"}});
  for (const char* given : {"Bearer second", "bearer first"})
    EXPECT_EQ(status(gate, "/v1/videos", {{"authorization", given}}), 200) << given;
  for (const char* given : {"", "Bearer ", "Bearer third", "Bearer secon", "second", "Bearer second "})
    EXPECT_EQ(status(gate, "/v1/videos", {{"authorization", given}}), 401) << given;
  for (const char* path : {"/healthz", "/readyz"}) EXPECT_EQ(status(gate, path, {}), 200) << path;
}

TEST(HttpGate, ThePageIsReadBeforeItAsksForAToken) {
  const HttpGate gate = token_gate({{"first"}});
  EXPECT_EQ(status(gate, "/", {}), 200);
  EXPECT_EQ(status(gate, "/dashboard/main.js", {}), 200);
  EXPECT_EQ(status(gate, "/dashboards", {}), 401);
  EXPECT_EQ(status(gate, "/v1/queue", {}), 401);
  EXPECT_EQ(status(gate, "/", {}, "POST"), 401);
  EXPECT_EQ(status(token_gate({}), "/", {{"host", "evil.example"}}), 403);
}

TEST(HttpGate, ATokensScopeSaysWhatItMay) {
  const HttpGate gate = token_gate({{"looks", {.name = "a", .scopes = {Scope::kRead}}},
                                    {"makes", {.scopes = {Scope::kRead, Scope::kSubmit}}},
                                    {"runs", {.scopes = {Scope::kOperate}}}});
  const auto may = [&](const std::string& token, const char* method, const char* path) {
    return status(gate, path, {{"authorization", "Bearer " + token}}, method);
  };
  EXPECT_EQ(may("looks", "GET", "/v1/videos"), 200);
  EXPECT_EQ(may("looks", "POST", "/v1/videos"), 403);
  EXPECT_EQ(may("looks", "DELETE", "/v1/videos/video_1"), 403);
  EXPECT_EQ(may("makes", "POST", "/v1/batches"), 200);
  EXPECT_EQ(may("makes", "DELETE", "/v1/videos/video_1"), 200);
  EXPECT_EQ(may("makes", "POST", "/v1/queue/jobs/cancel"), 403);
  EXPECT_EQ(may("makes", "POST", "/v1/videosphere"), 403);
  EXPECT_EQ(may("runs", "POST", "/v1/queue/jobs/cancel"), 200);
  EXPECT_EQ(may("runs", "GET", "/v1/videos"), 403);
}

TEST(HttpGate, SaysWhoAsks) {
  HttpRequest request{"GET", "/v1/videos", {}, "", {{"authorization", "Bearer s"}}};
  EXPECT_FALSE(token_gate({{"s", {.name = "studio"}}})(request));
  EXPECT_EQ(request.client.name, "studio");
}

}  // namespace
}  // namespace clipmill
