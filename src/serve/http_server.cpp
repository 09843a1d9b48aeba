#include "serve/http_server.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "serve/byte_range.h"
#include "serve/http_error.h"

namespace clipmill {
namespace {

constexpr std::size_t kFormBuffer = 4096;
constexpr const char *kTooLong = "the request is too long", *kNoForm = "the form cannot be read";

struct DestroyPostProcessor {
  void operator()(MHD_PostProcessor* form) const { MHD_destroy_post_processor(form); }
};

/// What has come of a request so far.
struct Pending {
  HttpRequest request;
  const HttpLimits& limits;
  std::unique_ptr<MHD_PostProcessor, DestroyPostProcessor> form = nullptr;
  std::size_t received = 0;
  std::optional<HttpResponse> refusal = std::nullopt;  ///< the rest of the body is of no interest

  void refuse(int status, const std::string& message, const std::string& parameter = "") {
    if (!refusal) refusal = error_response(status, message, parameter);
  }
};

MHD_Result add_argument(void* pending, MHD_ValueKind, const char* key, const char* value) {
  static_cast<Pending*>(pending)->request.query[key] = value ? value : "";
  return MHD_YES;
}

MHD_Result add_header(void* pending, MHD_ValueKind, const char* key, const char* value) {
  static_cast<Pending*>(pending)->request.headers[lower_case(key)] = value ? value : "";
  return MHD_YES;
}

/// No request takes a file yet: of one the name stands in for it where the API says so (input_reference).
MHD_Result add_field(void* state, MHD_ValueKind, const char* key, const char* file, const char*, const char*,
                     const char* data, std::uint64_t offset, std::size_t size) {
  auto& pending = *static_cast<Pending*>(state);
  const std::string name = key ? key : "";
  const auto field = pending.request.form.try_emplace(name).first;
  if (offset == 0 && !field->second.empty()) {  // the library may begin a field with an empty piece
    pending.refuse(400, name + ": is given twice", name);
  } else if (file) {
    pending.request.files.insert(name);
  } else if (field->second.size() + size > pending.limits.field_bytes) {
    pending.refuse(413, name + ": is too long", name);
  } else {
    field->second.append(data, size);
  }
  return MHD_YES;
}

void take(Pending& pending, const char* data, std::size_t size) {
  if (pending.refusal) return;
  pending.received += size;
  if (pending.received > pending.limits.body_bytes) return pending.refuse(413, kTooLong);
  if (!pending.form) {
    pending.request.body.append(data, size);
  } else if (MHD_post_process(pending.form.get(), data, size) == MHD_NO) {
    pending.refuse(400, kNoForm);
  }
}

/// A form whose last field was cut off is none, nor is one without fields.
void finish(Pending& pending) {
  if (!pending.form) return;
  const bool whole = MHD_destroy_post_processor(pending.form.release()) == MHD_YES;
  if (!whole || pending.request.form.empty()) pending.refuse(400, kNoForm);
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
    answer = error_response(404, "the file is gone");
    return text_response(answer.body);
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

Response response_of(const HttpServer& server, MHD_Connection* connection, HttpResponse& answer,
                     const std::string& range) {
  if (answer.stream)
    return {server.streams().answer(connection, std::move(answer.stream)), &MHD_destroy_response};
  return answer.file.empty() ? text_response(answer.body) : file_response(answer, range);
}

MHD_Result send(const HttpServer& server, MHD_Connection* connection, HttpResponse answer,
                const std::string& range) {
  const Response response = response_of(server, connection, answer, range);
  if (!response) return MHD_NO;
  MHD_add_response_header(response.get(), "Content-Type", answer.type.c_str());
  for (const auto& [name, value] : answer.headers)
    MHD_add_response_header(response.get(), name.c_str(), value.c_str());
  return MHD_queue_response(connection, static_cast<unsigned>(answer.status), response.get());
}

HttpResponse answer(const HttpServer& server, const Pending& pending) try {
  return pending.refusal ? *pending.refusal : server.handler()(pending.request);
} catch (const std::exception& error) {
  const HttpRequest& request = pending.request;
  fmt::print(stderr, "clipmill daemon: {} {}: {}\n", request.method, request.path, error.what());
  return error_response(500, "an error of clipmill's own; see the daemon's log");
}

bool is_multipart(const HttpRequest& request) {
  // Other bodies are JSON whatever their type says: curl calls what it is given a urlencoded form.
  return lower_case(request.header("content-type")).starts_with("multipart/form-data");
}

/// Of a request's head. HEAD is GET, of whose answer libmicrohttpd leaves the body out.
std::unique_ptr<Pending> begin(const HttpServer& server, MHD_Connection* connection, const char* url,
                               const std::string& method) {
  auto fresh = std::make_unique<Pending>(Pending{{method == "HEAD" ? "GET" : method, url}, server.limits()});
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_argument, fresh.get());
  MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, fresh.get());
  if (server.gate()) fresh->refusal = server.gate()(fresh->request);
  if (number_in<std::uint64_t>(fresh->request.header("content-length")).value_or(0) >
      server.limits().body_bytes)
    fresh->refuse(413, kTooLong);
  if (fresh->refusal || !is_multipart(fresh->request)) return fresh;
  fresh->form.reset(MHD_create_post_processor(connection, kFormBuffer, add_field, fresh.get()));
  if (!fresh->form) fresh->refuse(400, kNoForm);
  return fresh;
}

/// A request comes in several calls: its head, pieces of its body, its end. What it throws must not pass
/// through the library: the connection is closed.
MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                      const char*, const char* data, std::size_t* size, void** state) try {
  const auto& server = *static_cast<const HttpServer*>(self);
  if (*state == nullptr) {
    auto fresh = begin(server, connection, url, method);
    // Nobody waits for the body of who may not ask.
    const bool refused = fresh->refusal.has_value();
    *state = fresh.release();
    return refused ? send(server, connection, *static_cast<Pending*>(*state)->refusal, "") : MHD_YES;
  }
  auto& pending = *static_cast<Pending*>(*state);
  if (*size > 0) {
    take(pending, data, *size);
    *size = 0;
    return MHD_YES;
  }
  finish(pending);
  return send(server, connection, answer(server, pending), pending.request.header("range"));
} catch (const std::exception& error) {
  fmt::print(stderr, "clipmill daemon: {} {}: {}\n", method, url, error.what());
  return MHD_NO;
}

void on_end(void*, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
  delete static_cast<Pending*>(*state);
  *state = nullptr;
}

}  // namespace

HttpServer::HttpServer(int listener, HttpHandler handler, HttpLimits limits, HttpGate gate,
                       const TlsIdentity& tls)
    : handler_(std::move(handler)), limits_(limits), gate_(std::move(gate)) {
  const bool is_secure = !tls.certificate.empty();
  const MHD_OptionItem secure[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, const_cast<char*>(tls.certificate.c_str())},
                                   {MHD_OPTION_HTTPS_MEM_KEY, 0, const_cast<char*>(tls.key.c_str())},
                                   {MHD_OPTION_END, 0, nullptr}};
  const unsigned flags =
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (is_secure ? MHD_USE_TLS : 0);
  daemon_ = MHD_start_daemon(flags, 0, nullptr, nullptr, &on_request, this, MHD_OPTION_LISTEN_SOCKET,
                             listener, MHD_OPTION_NOTIFY_COMPLETED, &on_end, nullptr,
                             MHD_OPTION_CONNECTION_LIMIT, limits_.connections, MHD_OPTION_CONNECTION_TIMEOUT,
                             limits_.idle_seconds, MHD_OPTION_THREAD_POOL_SIZE, limits_.threads,
                             MHD_OPTION_ARRAY, is_secure ? secure : secure + 2, MHD_OPTION_END);
  if (daemon_) return;
  const int error = errno;
  ::close(listener);
  if (is_secure)
    throw Error(ErrorKind::kInput, "the TLS certificate and its key cannot be used together",
                "--tls-cert and --tls-key name PEM files of one pair");
  throw io_error("cannot start the HTTP server", error);
}

HttpServer::~HttpServer() {
  streams_.end();            // the library cannot stop while a connection sleeps
  MHD_stop_daemon(daemon_);  // closes the listener
}

}  // namespace clipmill
