#include "serve/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clipmill {
namespace {

int status(const HttpHandler& handler, const std::string& path, std::map<std::string, std::string> headers) {
  return handler({"GET", path, {}, "", std::move(headers), {}}).status;
}

HttpResponse always(const HttpRequest&) { return {200, "{}"}; }

TEST(Guard, WithoutTokensThisMachinesNamesOnly) {
  const HttpHandler handler = guarded(always, {});
  for (const char* host : {"localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"})
    EXPECT_EQ(status(handler, "/v1/videos", {{"host", host}}), 200) << host;
  for (const char* host :
       {"evil.example", "localhost.evil.example:8000", "127.0.0.1.evil.example", "", "[::1"})
    EXPECT_EQ(status(handler, "/v1/videos", {{"host", host}}), 403) << host;
}

TEST(Guard, WithTokensOneOfThem) {
  const HttpHandler handler = guarded(always, {"first", "second"});
  EXPECT_EQ(status(handler, "/v1/videos", {{"authorization", "Bearer second"}}), 200);
  for (const char* given :
       {"", "Bearer ", "Bearer third", "Bearer secon", "bearer second", "second", "Bearer second "})
    EXPECT_EQ(status(handler, "/v1/videos", {{"authorization", given}}), 401) << given;
  EXPECT_EQ(status(handler, "/healthz", {}), 200);
}

TEST(Guard, ReadsTokens) {
  EXPECT_THAT(tokens_in("# ours\n\n  a b \r\nc"), testing::ElementsAre("a b", "c"));
}

}  // namespace
}  // namespace clipmill
