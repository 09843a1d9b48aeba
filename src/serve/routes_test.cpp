#include "serve/routes.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "serve/http_error.h"

namespace clipmill {
namespace {

Routes::Answer says(const std::string& word) {
  return [word](const HttpRequest&, std::string_view name) {
    return HttpResponse{.body = word + std::string(name)};
  };
}

TEST(Routes, FirstThatFitsAnswers) {
  Routes routes;
  routes.add("GET", "/v1/videos", says("all"));
  routes.add("GET", "/v1/videos/{}", says("video "));
  routes.add(
      Routes().add("GET", "/v1/videos/{}/content", says("content ")).add("GET", "/v1/videos", says("never")));
  const auto answer = [&](const char* path) { return routes({"GET", path}).body; };
  EXPECT_EQ(answer("/v1/videos"), "all");
  EXPECT_EQ(answer("/v1/videos/7"), "video 7");
  EXPECT_EQ(answer("/v1/videos/7/content"), "content 7");
}

TEST(Routes, APlaceIsOneSegment) {
  const Routes routes = Routes().add("GET", "/a/{}/b", says(""));
  for (const char* path : {"/a//b", "/a/b", "/a/x/y/b", "/a/x/b/", "/a/x", "/"})
    EXPECT_EQ(routes({"GET", path}).status, 404) << path;
}

TEST(Routes, AnotherMethodIsToldWhatThePathTakes) {
  const Routes routes = Routes().add("GET", "/jobs/{}", says("")).add("DELETE", "/jobs/{}", says(""));
  const HttpResponse answer = routes({"POST", "/jobs/7"});
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.headers.at("Allow"), "GET, DELETE");
}

TEST(Routes, WhatAnswersThrowIsARefusal) {
  Routes routes;
  routes.add("GET", "/limit", [](const auto&, auto) -> HttpResponse {
    throw RequestProblem{"too many", "limit", 429, 2.5};
  });
  routes.add("GET", "/job", [](const auto&, auto) -> HttpResponse {
    throw Error(ErrorKind::kInput, "no such job", "list them");
  });
  const HttpResponse limit = routes({"GET", "/limit"});
  EXPECT_EQ(limit.status, 429);
  EXPECT_EQ(limit.headers.at("Retry-After"), "3");
  EXPECT_EQ(nlohmann::json::parse(limit.body).at("error").at("param"), "limit");
  const auto error = nlohmann::json::parse(routes({"GET", "/job"}).body).at("error");
  EXPECT_EQ(error.at("message"), "no such job; list them");
  EXPECT_EQ(error.at("reason"), "no such job");
  EXPECT_EQ(error.at("hint"), "list them");
}

}  // namespace
}  // namespace clipmill
