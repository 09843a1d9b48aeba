#include "serve/events_api.h"

#include <gtest/gtest.h>

#include <latch>

#include "serve/ticker.h"

namespace clipmill {
namespace {

TEST(EventsApi, IsReadFromWhereTheClientWas) {
  EventStream events(100, [](JobId) { return std::nullopt; });
  const HttpHandler api = events_api(events);
  const auto ask = [&](const char* method, const std::string& last) {
    return api({.method = method, .path = "/v1/events", .headers = {{"last-event-id", last}}});
  };
  const HttpResponse answer = ask("GET", "");
  EXPECT_EQ(answer.type, "text/event-stream");
  EXPECT_EQ(events.clients(), 1u);
  EXPECT_NE(ask("GET", "100").stream, nullptr);
  EXPECT_EQ(events.clients(), 1u) << "who hung up is forgotten";
  EXPECT_EQ(ask("GET", "x").status, 400);
  EXPECT_EQ(ask("POST", "").status, 405);
}

TEST(EventsApi, TheLastConnectionsAreNotForThoseWhoLookOn) {
  EventStream events(100, [](JobId) { return std::nullopt; });
  const HttpHandler api = events_api(events);
  std::vector<HttpResponse> open;
  while (open.size() < 1024 && (open.empty() || open.back().status == 200))
    open.push_back(api({.method = "GET", .path = "/v1/events"}));
  EXPECT_EQ(open.back().status, 503);
  EXPECT_EQ(open.size(), 513u);
}

TEST(Ticker, TicksUntilItsEnd) {
  std::latch three(3);
  int ticks = 0;
  {
    const Ticker ticker(std::chrono::milliseconds(1), [&] {
      if (++ticks <= 3) three.count_down();
    });
    three.wait();
  }
  EXPECT_GE(ticks, 3);
}

}  // namespace
}  // namespace clipmill
