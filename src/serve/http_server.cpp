#include "serve/http_server.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "serve/byte_range.h"

namespace clipmill {
namespace {

constexpr std::size_t kFormBuffer = 4096;

struct DestroyPostProcessor {
  void operator()(MHD_PostProcessor* form) const { MHD_destroy_post_processor(form); }
};

/// What has come of a request so far.
struct Pending {
  HttpRequest request;
  const HttpLimits& limits;
  std::unique_ptr<MHD_PostProcessor, DestroyPostProcessor> form = nullptr;
  std::size_t received = 0;
  bool too_long = false, broken_form = false;
};

MHD_Result add_argument(void* pending, MHD_ValueKind, const char* key, const char* value) {
  static_cast<Pending*>(pending)->request.query[key] = value ? value : "";
  return MHD_YES;
}

MHD_Result add_header(void* pending, MHD_ValueKind, const char* key, const char* value) {
  static_cast<Pending*>(pending)->request.headers[lower_case(key)] = value ? value : "";
  return MHD_YES;
}

/// A file's content is not kept: no request takes one yet.
MHD_Result add_field(void* state, MHD_ValueKind, const char* key, const char* file, const char*, const char*,
                     const char* data, std::uint64_t, std::size_t size) {
  auto& pending = *static_cast<Pending*>(state);
  std::string& value = pending.request.form[key ? key : ""];
  if (file) {
    value = file;
    return MHD_YES;
  }
  pending.too_long |= value.size() + size > pending.limits.field_bytes;
  if (!pending.too_long) value.append(data, size);
  return MHD_YES;
}

void take(Pending& pending, const char* data, std::size_t size) {
  pending.received += size;
  pending.too_long |= pending.received > pending.limits.body_bytes;
  if (pending.too_long) return;
  if (pending.form) {
    pending.broken_form |= MHD_post_process(pending.form.get(), data, size) == MHD_NO;
  } else {
    pending.request.body.append(data, size);
  }
}

using Response = std::unique_ptr<MHD_Response, decltype(&MHD_destroy_response)>;

Response text_response(const std::string& text) {
  return {MHD_create_response_from_buffer(text.size(), const_cast<char*>(text.data()), MHD_RESPMEM_MUST_COPY),
          &MHD_destroy_response};
}

/// The file, or the range of it that `range` asks for; sets the status and the headers that say which.
Response file_response(HttpResponse& answer, const std::string& range) {
  const int file = ::open(answer.file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat about {};
  if (file < 0 || ::fstat(file, &about) != 0) {
    if (file >= 0) ::close(file);
    answer.status = 404;
    return text_response(R"({"error":{"message":"the file is gone"}})");
  }
  const auto size = static_cast<std::uint64_t>(about.st_size);
  const auto [asked, found] = byte_range(range, size);
  answer.headers["Accept-Ranges"] = "bytes";
  if (asked && !found) {
    ::close(file);
    answer.status = 416;
    answer.headers["Content-Range"] = fmt::format("bytes */{}", size);
    return text_response("");
  }
  const ByteRange part = found.value_or(ByteRange{0, size});
  if (asked) {
    answer.status = 206;
    answer.headers["Content-Range"] =
        fmt::format("bytes {}-{}/{}", part.first, part.first + part.count - 1, size);
  }
  return {MHD_create_response_from_fd_at_offset64(part.count, file, part.first), &MHD_destroy_response};
}

MHD_Result send(MHD_Connection* connection, HttpResponse answer, const std::string& range) {
  const Response response = answer.file.empty() ? text_response(answer.body) : file_response(answer, range);
  if (!response) return MHD_NO;
  MHD_add_response_header(response.get(), "Content-Type", answer.type.c_str());
  for (const auto& [name, value] : answer.headers)
    MHD_add_response_header(response.get(), name.c_str(), value.c_str());
  return MHD_queue_response(connection, static_cast<unsigned>(answer.status), response.get());
}

HttpResponse answer(const HttpServer& server, const Pending& pending) try {
  if (pending.too_long) return {413, R"({"error":{"message":"the request is too long"}})"};
  if (pending.broken_form) return {400, R"({"error":{"message":"the form cannot be read"}})"};
  return server.handler()(pending.request);
} catch (const std::exception& error) {
  const HttpRequest& request = pending.request;
  fmt::print(stderr, "clipmill daemon: {} {}: {}\n", request.method, request.path, error.what());
  return {500, R"({"error":{"message":"an error of clipmill's own; see the daemon's log"}})"};
}

Pending* begin(const HttpServer& server, MHD_Connection* connection, const char* url, const char* method) {
  auto* fresh = new Pending{{method, url, {}, {}, {}, {}}, server.limits()};
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_argument, fresh);
  MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, fresh);
  // Other bodies are JSON whatever their type says: curl calls what it is given a urlencoded form.
  if (lower_case(fresh->request.header("content-type")).starts_with("multipart/form-data"))
    fresh->form.reset(MHD_create_post_processor(connection, kFormBuffer, add_field, fresh));
  return fresh;
}

MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                      const char*, const char* data, std::size_t* size, void** state) {
  const auto& server = *static_cast<const HttpServer*>(self);
  if (*state == nullptr) {
    *state = begin(server, connection, url, method);
    return MHD_YES;
  }
  auto& pending = *static_cast<Pending*>(*state);
  if (*size > 0) {
    take(pending, data, *size);
    *size = 0;
    return MHD_YES;
  }
  pending.form.reset();  // what it still holds is a field's end
  return send(connection, answer(server, pending), pending.request.header("range"));
}

void on_end(void*, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
  delete static_cast<Pending*>(*state);
  *state = nullptr;
}

}  // namespace

HttpServer::HttpServer(int listener, HttpHandler handler, HttpLimits limits)
    : handler_(std::move(handler)), limits_(limits) {
  daemon_ =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, nullptr, nullptr, &on_request, this,
                       MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED, &on_end, nullptr,
                       MHD_OPTION_CONNECTION_LIMIT, limits_.connections, MHD_OPTION_CONNECTION_TIMEOUT,
                       limits_.idle_seconds, MHD_OPTION_THREAD_POOL_SIZE, limits_.threads, MHD_OPTION_END);
  if (daemon_) return;
  const int error = errno;
  ::close(listener);
  throw io_error("cannot start the HTTP server", error);
}

HttpServer::~HttpServer() {
  MHD_stop_daemon(daemon_);  // closes the listener
}

}  // namespace clipmill
