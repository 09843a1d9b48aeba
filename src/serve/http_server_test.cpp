#include "serve/http_server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>

#include "serve/listener.h"

namespace clipmill {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

int connected(const std::filesystem::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
  const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return connection;
}

std::string answer_to(const std::filesystem::path& socket, const std::string& request) {
  const int connection = connected(socket);
  EXPECT_EQ(::write(connection, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string answer(4096, '\0');
  answer.resize(
      static_cast<std::size_t>(std::max<ssize_t>(0, ::read(connection, answer.data(), answer.size()))));
  ::close(connection);
  return answer;
}

TEST(HttpServer, ItsOwnErrorsAreInTheLog) {
  const auto socket = std::filesystem::path(testing::TempDir()) / ("http-" + std::to_string(::getpid()));
  testing::internal::CaptureStderr();
  {
    const HttpServer server(listen_on(socket),
                            [](const HttpRequest&) -> HttpResponse { throw std::logic_error("a defect"); });
    EXPECT_THAT(answer_to(socket, "GET /v1/queue HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 500"));
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("GET /v1/queue: a defect"));
}

/// A server that says what it understood.
class Echo : public testing::Test {
 protected:
  std::string ask(const std::string& request) { return answer_to(socket_, request); }
  std::string form(const std::string& body) {
    return ask(
        fmt::format("POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=xxxx\r\n"
                    "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                    body.size(), body));
  }
  static std::string field(const std::string& name, const std::string& value, const std::string& more = "") {
    return fmt::format("--xxxx\r\nContent-Disposition: form-data; name=\"{}\"{}\r\n\r\n{}\r\n", name, more,
                       value);
  }

  const std::filesystem::path socket_ =
      std::filesystem::path(testing::TempDir()) / ("echo-" + std::to_string(::getpid()));
  const HttpServer server_{listen_on(socket_),
                           [](const HttpRequest& request) -> HttpResponse {
                             std::string said = request.method + " " + request.body;
                             for (const auto& [key, text] : request.form) said += key + "=" + text + ";";
                             for (const std::string& key : request.files) said += key + " is a file";
                             return {200, said};
                           },
                           {.body_bytes = 1000},
                           [](const HttpRequest& request) -> std::optional<HttpResponse> {
                             if (request.header("x-token") != "wrong") return std::nullopt;
                             return HttpResponse{401, "not you"};
                           }};
};

TEST_F(Echo, ReadsForms) {
  EXPECT_THAT(form(field("a", "1") + field("b", "x y") + "--xxxx--\r\n"), HasSubstr("POST a=1;b=x y;"));
  EXPECT_THAT(form(field("a", "secret", "; filename=\"f.png\"") + "--xxxx--\r\n"),
              HasSubstr("a=;a is a file"));
}

TEST_F(Echo, RefusesFormsThatAreNone) {
  EXPECT_THAT(form(field("a", "1") + field("a", "2") + "--xxxx--\r\n"), HasSubstr("a: is given twice"));
  EXPECT_THAT(form("--xxxx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncut o"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(form("garbage"), StartsWith("HTTP/1.1 400"));
}

TEST_F(Echo, WhoMayNotAskSendsNoBody) {
  const std::string head = "POST /x HTTP/1.1\r\nHost: x\r\nX-Token: wrong\r\nContent-Length: 900\r\n\r\n";
  EXPECT_THAT(ask(head), StartsWith("HTTP/1.1 401")) << "answered before the body came";
}

TEST_F(Echo, WhatIsTooLongIsRefusedByItsHead) {
  EXPECT_THAT(ask("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n"), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(ask("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"), HasSubstr("POST abc"));
}

TEST_F(Echo, HeadIsGetWithoutItsBody) {
  const std::string answer = ask("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 4"));
}

/// Counts to `last`, one number each time that it is woken; without `last` it says nothing for ever.
class Counting : public HttpStream {
 public:
  explicit Counting(std::optional<int> last) : last_(last) {}
  std::optional<std::size_t> read(std::span<char> into) override {
    if (said_ == last_) return std::nullopt;
    if (!last_ || !awake_.exchange(false)) return 0;
    into[0] = static_cast<char>('0' + ++said_);
    return 1;
  }
  void on_more(std::function<void()> more) override { more_ = std::move(more); }
  void wake() { awake_ = true, more_(); }

 private:
  const std::optional<int> last_;
  std::atomic<bool> awake_ = false;
  std::atomic<int> said_ = 0;
  std::function<void()> more_;
};

/// All that comes until the server closes the connection. `begun`: called when the answer's head is there.
std::string stream_from(const std::filesystem::path& socket, const std::function<void()>& begun) {
  const int connection = connected(socket);
  const std::string request = "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(::write(connection, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string all, piece(4096, '\0');
  for (ssize_t count; (count = ::read(connection, piece.data(), piece.size())) > 0;) {
    if (all.empty()) begun();
    all.append(piece.data(), static_cast<std::size_t>(count));
  }
  ::close(connection);
  return all;
}

TEST(HttpServerStream, SleepsUntilThereIsMoreAndEnds) {
  const auto socket = std::filesystem::path(testing::TempDir()) / ("stream-" + std::to_string(::getpid()));
  const auto counting = std::make_shared<Counting>(3);
  const HttpServer server(listen_on(socket), [&](const HttpRequest&) -> HttpResponse {
    return {.type = "text/plain", .stream = counting};
  });
  std::jthread waker;
  const std::string all = stream_from(socket, [&] {
    waker = std::jthread([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) counting->wake(), std::this_thread::yield();
    });
  });
  EXPECT_THAT(all, StartsWith("HTTP/1.1 200"));
  for (const char* piece : {"1\r\n1\r\n", "1\r\n2\r\n", "1\r\n3\r\n"}) EXPECT_THAT(all, HasSubstr(piece));
}

TEST(HttpServerStream, MoreSleepersThanThreadsEndWithTheServer) {
  const auto socket = std::filesystem::path(testing::TempDir()) / ("sleep-" + std::to_string(::getpid()));
  std::atomic<int> begun = 0, ended = 0;
  std::vector<std::jthread> clients;
  {
    const HttpServer server(listen_on(socket),
                            [](const HttpRequest& request) -> HttpResponse {
                              if (request.path == "/hello") return {200, "hello"};
                              return {.type = "text/plain",
                                      .stream = std::make_shared<Counting>(std::nullopt)};
                            },
                            {.threads = 2});
    for (int i = 0; i < 10; ++i)
      clients.emplace_back([&] { stream_from(socket, [&] { ++begun; }), ++ended; });
    while (begun < 10) std::this_thread::yield();
    EXPECT_THAT(answer_to(socket, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"), HasSubstr("hello"));
    EXPECT_EQ(ended, 0);
  }
  clients.clear();
  EXPECT_EQ(ended, 10);
}

}  // namespace
}  // namespace clipmill
