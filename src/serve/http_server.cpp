#include "serve/http_server.h"

#include <microhttpd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr int kBacklog = 128;

int listen_on(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    throw Error(ErrorKind::kInput,
                fmt::format("{} is too long for a socket: at most {} bytes", path.string(),
                            sizeof address.sun_path - 1),
                "give a state folder with a shorter path: --state FOLDER");
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) throw io_error("cannot make a socket", errno);
  ::unlink(path.c_str());
  const mode_t before = ::umask(0177);  // for this user only, from the first moment
  const int bound = ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(before);
  if (bound == 0 && ::listen(listener, kBacklog) == 0) return listener;
  ::close(listener);
  throw io_error(fmt::format("cannot listen on {}", path.string()), error);
}

/// What has come of a request so far.
struct Pending {
  HttpRequest request;
  bool too_long = false;
};

MHD_Result add_argument(void* pending, MHD_ValueKind, const char* key, const char* value) {
  static_cast<Pending*>(pending)->request.query[key] = value ? value : "";
  return MHD_YES;
}

MHD_Result send(MHD_Connection* connection, const HttpResponse& answer) {
  MHD_Response* response = MHD_create_response_from_buffer(
      answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
  MHD_add_response_header(response, "Content-Type", answer.type.c_str());
  const MHD_Result result = MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
  MHD_destroy_response(response);
  return result;
}

HttpResponse answer(const HttpServer& server, const Pending& pending) try {
  if (pending.too_long) return {413, R"({"error":{"message":"the request is too long"}})"};
  return server.handler()(pending.request);
} catch (const std::exception& error) {
  const HttpRequest& request = pending.request;
  fmt::print(stderr, "clipmill daemon: {} {}: {}\n", request.method, request.path, error.what());
  return {500, R"({"error":{"message":"an error of clipmill's own; see the daemon's log"}})"};
}

MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                      const char*, const char* data, std::size_t* size, void** state) {
  const auto& server = *static_cast<const HttpServer*>(self);
  if (*state == nullptr) {
    auto* fresh = new Pending{{method, url, {}, {}}};
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_argument, fresh);
    *state = fresh;
    return MHD_YES;
  }
  auto& pending = *static_cast<Pending*>(*state);
  if (*size == 0) return send(connection, answer(server, pending));
  pending.too_long |= pending.request.body.size() + *size > server.limits().body_bytes;
  if (!pending.too_long) pending.request.body.append(data, *size);
  *size = 0;
  return MHD_YES;
}

void on_end(void*, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
  delete static_cast<Pending*>(*state);
  *state = nullptr;
}

}  // namespace

HttpServer::HttpServer(const fs::path& socket, HttpHandler handler, HttpLimits limits)
    : socket_(socket), handler_(std::move(handler)), limits_(limits), listener_(listen_on(socket)) {
  daemon_ =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, nullptr, nullptr, &on_request, this,
                       MHD_OPTION_LISTEN_SOCKET, listener_, MHD_OPTION_NOTIFY_COMPLETED, &on_end, nullptr,
                       MHD_OPTION_CONNECTION_LIMIT, limits_.connections, MHD_OPTION_CONNECTION_TIMEOUT,
                       limits_.idle_seconds, MHD_OPTION_THREAD_POOL_SIZE, limits_.threads, MHD_OPTION_END);
  if (daemon_) return;
  ::close(listener_);
  throw io_error("cannot start the HTTP server", errno);
}

HttpServer::~HttpServer() {
  ::unlink(socket_.c_str());
  MHD_stop_daemon(daemon_);  // closes the listener
}

}  // namespace clipmill
