#include "serve/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

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

}  // namespace
}  // namespace clipmill
