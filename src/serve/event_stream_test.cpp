#include "serve/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace clipmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class EventStreamTest : public testing::Test {
 protected:
  /// What comes to a client now, in pieces of a few bytes; "end" behind it where it is cut off.
  static std::string rest(HttpStream& client) {
    std::string text;
    std::array<char, 7> piece;
    while (true) {
      const auto count = client.read(piece);
      if (!count) return text + "end";
      if (*count == 0) return text;
      text.append(piece.data(), *count);
    }
  }
  std::string told(HttpStream& client) {
    events_.flush(false);
    return rest(client);
  }

  JobState state_ = JobState::kDone;
  EventStream events_{100, [this](JobId) { return std::optional(state_); }, 4};
};

TEST_F(EventStreamTest, TellsHowAJobGoes) {
  const auto client = events_.subscribe(std::nullopt);
  events_.on_change(7, "waiting");
  events_.on_event({7, 1, "cpu:0", StageProgress{Stage::kDenoise, 3, 8}});
  EXPECT_EQ(told(*client),
            "retry: 2000\n\n"
            "id: 100\nevent: job\ndata: {\"id\":7,\"state\":\"waiting\"}\n\n"
            "id: 101\nevent: job\n"
            "data: {\"done\":3,\"id\":7,\"stage\":\"denoise\",\"state\":\"running\",\"total\":8}\n\n");
  EXPECT_EQ(told(*client), "");
}

TEST_F(EventStreamTest, AFailureIsToldAsWhatBecameOfTheJob) {
  const auto client = events_.subscribe(std::nullopt);
  state_ = JobState::kQuarantined;
  events_.on_event({7, 1, "cpu:0", JobFailed{ErrorKind::kWorker, "it died", ""}});
  EXPECT_THAT(told(*client), HasSubstr("quarantined"));
}

TEST_F(EventStreamTest, AClientGoesOnWhereItWas) {
  for (const JobId job : {1, 2, 3}) events_.on_change(job, "waiting");
  EXPECT_THAT(told(*events_.subscribe(100)),
              AllOf(Not(HasSubstr("id: 100\n")), HasSubstr("id: 101\n"), HasSubstr("id: 102\n")));
  EXPECT_THAT(told(*events_.subscribe(102)), Not(HasSubstr("event")));
}

TEST_F(EventStreamTest, WhoMissedSomeIsToldToReadTheQueueAnew) {
  for (const JobId job : {1, 2, 3, 4, 5, 6}) events_.on_change(job, "waiting");
  EXPECT_THAT(told(*events_.subscribe(100)), HasSubstr("event: reset"));
  EXPECT_THAT(told(*events_.subscribe(5000)), HasSubstr("event: reset")) << "a number of another server's";
  EXPECT_THAT(told(*events_.subscribe(101)), Not(HasSubstr("reset")));
}

TEST_F(EventStreamTest, ASlowClientIsCutOff) {
  const auto slow = events_.subscribe(std::nullopt), quick = events_.subscribe(std::nullopt);
  for (JobId job = 1; job <= 5; ++job) {
    events_.on_change(job, "waiting");
    EXPECT_THAT(told(*quick), Not(HasSubstr("end")));
  }
  EXPECT_THAT(rest(*slow), HasSubstr("end"));
}

TEST_F(EventStreamTest, WakesThoseThatHaveSomethingToRead) {
  int woken = 0;
  auto client = events_.subscribe(std::nullopt);
  client->on_more([&] { ++woken; });
  events_.flush(false);
  EXPECT_EQ(woken, 0);
  events_.on_change(7, "waiting");
  EXPECT_EQ(woken, 0) << "many come at once";
  events_.flush(false);
  EXPECT_EQ(woken, 1);
  rest(*client);
  events_.flush(true);
  EXPECT_EQ(woken, 2);
  EXPECT_EQ(rest(*client), ":\n\n");
  EXPECT_EQ(events_.clients(), 1u);
  client.reset();
  EXPECT_EQ(events_.clients(), 0u);
}

}  // namespace
}  // namespace clipmill
