#include "observe/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "observe/base64.h"
#include "observe/html.h"

namespace clipmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ReportTest : public testing::Test {
 protected:
  ReportTest() {
    job_.id = 1;
    job_.spec.clip.prompt = "a red circle";
    job_.spec.clip.seed = 4242;
    job_.spec.output = "out/clips/a.mp4";
  }
  std::string report(EventPayload end) {
    VirtualClock clock;
    Account account({&job_, 1}, clock);
    account.on_event({1, 1, "cpu:0", JobStarted{}});
    clock.advance(3);
    account.on_event({1, 1, "cpu:0", StageFinished{Stage::kDenoise, 2.5, 7 << 20}});
    account.on_event({1, 1, "cpu:0", std::move(end)});
    return report_html(account, {"shots <1>", "out", {{"torch", "2.13 & more"}}});
  }

  Job job_;
};

TEST_F(ReportTest, TellsAboutAClip) {
  const std::string page = report(JobFinished{2048, 3});
  EXPECT_THAT(page, AllOf(HasSubstr("a red circle"), HasSubstr("seed 4242"), HasSubstr("832×480"),
                          HasSubstr("2.50 s"), HasSubstr("7.0 MiB"), HasSubstr("3.00 s on cpu:0")));
  EXPECT_THAT(page, AllOf(HasSubstr("src=\"./clips/a.mp4\""), HasSubstr("prefers-color-scheme")));
  EXPECT_THAT(page, Not(HasSubstr("http")));
}

TEST_F(ReportTest, TellsWhyAClipFailed) {
  const std::string page = report(JobFailed{ErrorKind::kIo, "disk <full>", "free \"some\" space"});
  EXPECT_THAT(page, AllOf(HasSubstr("disk &lt;full&gt;"), HasSubstr("free &quot;some&quot; space"),
                          HasSubstr("<h2>Failed</h2>"), Not(HasSubstr("<video"))));
}

TEST_F(ReportTest, EscapesEverythingThatUsersWrite) {
  job_.spec.clip.prompt = "<script>alert('x')</script>";
  job_.spec.output = "out/\"><script>.mp4";
  for (const std::string& page :
       {report(JobFinished{1, 1}), report(JobFailed{ErrorKind::kIo, "<script>", "<script>"})}) {
    EXPECT_THAT(page, AllOf(Not(HasSubstr("<script")), HasSubstr("&lt;script&gt;alert(&#39;x&#39;)"),
                            HasSubstr("shots &lt;1&gt;"), HasSubstr("2.13 &amp; more")));
  }
}

TEST_F(ReportTest, EmbedsThePosterIfThereIsOne) {
  const auto poster = std::filesystem::path(testing::TempDir()) / fmt::format("poster-{}.jpg", ::getpid());
  write_file(poster, "\xff\xd8picture");
  job_.spec.poster = poster.string();
  EXPECT_THAT(report(JobFinished{1, 1}), HasSubstr("data:image/jpeg;base64," + base64("\xff\xd8picture")));
  std::filesystem::remove(poster);
  EXPECT_THAT(report(JobFinished{1, 1}), Not(HasSubstr("data:image")));
}

TEST(Base64, KnownAnswers) {  // RFC 4648, section 10
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xfb\xff\xfe"), "+//+");
}

TEST(Html, RelativeUrls) {
  EXPECT_EQ(relative_url("/a/out/x y#1?.mp4", "/a"), "./out/x%20y%231%3F.mp4");
  EXPECT_EQ(relative_url("/b/圆.mp4", "/a/c"), "./../../b/%E5%9C%86.mp4");
  EXPECT_EQ(relative_url("javascript:alert(1)", "."), "./javascript%3Aalert%281%29");
}

}  // namespace
}  // namespace clipmill
