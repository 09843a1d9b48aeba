#include "serve/dashboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace clipmill {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::array<EmbeddedFile, 2> kPage = {{{"index.html", "<p>"}, {"main.js", "1"}}};

TEST(Dashboard, ServesItsFilesWithTheirTypes) {
  const HttpHandler page = dashboard(kPage);
  EXPECT_EQ(page({"GET", "/"}).body, "<p>");
  EXPECT_THAT(page({"GET", "/"}).type, HasSubstr("text/html"));
  EXPECT_EQ(page({"GET", "/dashboard/main.js"}).body, "1");
  EXPECT_THAT(page({"GET", "/dashboard/main.js"}).type, HasSubstr("javascript"));
  EXPECT_EQ(page({"GET", "/main.js"}).status, 404);
  EXPECT_EQ(page({"GET", "/dashboard/other.js"}).status, 404);
  EXPECT_EQ(page({"POST", "/"}).status, 405);
}

TEST(Dashboard, LoadsNothingFromElsewhere) {
  const std::string policy = dashboard(kPage)({"GET", "/"}).headers.at("Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'self'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
}

/// What lies in the program: a script or a style in the page itself would not run under that policy.
TEST(Dashboard, ThePageNeedsNothingThatItsPolicyForbids) {
  bool found = false;
  for (const EmbeddedFile& file : embedded_files()) {
    EXPECT_FALSE(file.bytes.empty()) << file.name;
    if (file.name != "index.html") continue;
    found = true;
    const std::string text(file.bytes);
    for (const char* forbidden : {"<style", "style=", "onclick=", "http://", "https://"})
      EXPECT_THAT(text, Not(HasSubstr(forbidden)));
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace clipmill
