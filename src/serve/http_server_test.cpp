#include "serve/http_server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <optional>

#include "serve/listener.h"

namespace clipmill {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string answer_to(const std::filesystem::path& socket, const std::string& request) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
  const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
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

}  // namespace
}  // namespace clipmill
