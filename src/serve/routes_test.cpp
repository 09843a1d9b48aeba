#include "serve/routes.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

HttpHandler says(const std::string& word) {
  return [word](const HttpRequest&) { return HttpResponse{.body = word}; };
}

TEST(Routes, FirstPrefixOfWholeSegmentsAnswers) {
  Routes routes;
  routes.add("/v1/videos", says("videos"));
  routes.add("/v1", says("v1"));
  const auto answer = [&](const char* path) { return routes({"GET", path}); };
  EXPECT_EQ(answer("/v1/videos").body, "videos");
  EXPECT_EQ(answer("/v1/videos/7/content").body, "videos");
  EXPECT_EQ(answer("/v1/videosphere").body, "v1");
  EXPECT_EQ(answer("/v2").status, 404);
  routes.add("/", says("page"));
  EXPECT_EQ(answer("/v2").body, "page");
}

TEST(Routes, APageIsItsPathAlone) {
  Routes routes;
  routes.add_page("/", says("page"));
  routes.add("/", says("rest"));
  EXPECT_EQ(routes({"GET", "/"}).body, "page");
  EXPECT_EQ(routes({"GET", "/x"}).body, "rest");
}

}  // namespace
}  // namespace clipmill
