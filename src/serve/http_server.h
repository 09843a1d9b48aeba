// An HTTP server by GNU libmicrohttpd: it listens on any socket it is given, bounds memory, connections and
// waiting, and is old and small enough to be trusted.
#pragma once

#include <functional>

#include "serve/http.h"

struct MHD_Daemon;

namespace clipmill {

struct HttpLimits {
  std::size_t body_bytes = std::size_t{64} << 20;
  std::size_t field_bytes = std::size_t{1} << 20;  ///< of one field of a form
  unsigned connections = 256;
  unsigned idle_seconds = 60;
  unsigned threads = 4;
};

/// Serves from its construction to its destruction, which waits for requests that are being answered.
class HttpServer {
 public:
  /// Takes over `listener`, a listening socket (serve/listener.h). Throws Error(kIo).
  HttpServer(int listener, HttpHandler handler, HttpLimits limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const HttpHandler& handler() const { return handler_; }
  const HttpLimits& limits() const { return limits_; }

 private:
  HttpHandler handler_;
  HttpLimits limits_;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace clipmill
