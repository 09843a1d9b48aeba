// A server as the daemon's, on a socket of its own, whose videos go nowhere.
#pragma once

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "serve/http_error.h"
#include "serve/http_server.h"
#include "serve/json_text.h"
#include "serve/listener.h"
#include "serve/video_request.h"

namespace clipmill {

class FuzzServer {
 public:
  explicit FuzzServer(const std::string& name)
      : socket_(std::filesystem::temp_directory_path() /
                ("clipmill-fuzz-" + name + "-" + std::to_string(::getpid()))),
        server_(listen_on(socket_), &answer, {.body_bytes = 1 << 16, .idle_seconds = 1, .threads = 1},
                token_gate({})) {}

  /// Sends `bytes`, and waits for what is answered; not long for a server that waits for more.
  void send(std::string_view bytes) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.string().copy(address.sun_path, sizeof address.sun_path - 1);
    const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{.tv_sec = 0, .tv_usec = 20'000};
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ::shutdown(connection, SHUT_WR);
      for (char rest[4096]; ::read(connection, rest, sizeof rest) > 0;) {
      }
    }
    ::close(connection);
  }

 private:
  static HttpResponse answer(const HttpRequest& request) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& [key, text] : request.form) object[key] = text;
    if (request.form.empty()) object = nlohmann::json::parse(request.body, nullptr, false);
    try {
      JobSpec job;
      set_video(job, object,
                {.texts = !request.form.empty(), .lora_path = [](const std::string& name) { return name; }});
    } catch (const RequestProblem& problem) {
      return error_response(problem.status, problem.message, problem.parameter);
    }
    return {200, json_text(object)};
  }

  const std::filesystem::path socket_;
  const HttpServer server_;
};

}  // namespace clipmill
