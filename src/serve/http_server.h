// An HTTP server on a Unix socket, by GNU libmicrohttpd: it listens on any socket it is given, bounds memory,
// connections and waiting, and is old and small enough to be trusted.
#pragma once

#include <filesystem>
#include <memory>

#include "serve/http.h"

struct MHD_Daemon;

namespace clipmill {

struct HttpLimits {
  std::size_t body_bytes = std::size_t{64} << 20;
  unsigned connections = 256;
  unsigned idle_seconds = 60;
  unsigned threads = 4;
};

/// Serves from its construction to its destruction, which waits for requests that are being answered.
class HttpServer {
 public:
  /// Binds `socket`, for this user only, in place of what a dead server left there; the caller sees to it
  /// that no other is alive (the store's lock). Throws Error(kIo), or Error(kInput) on a path that is too
  /// long.
  HttpServer(const std::filesystem::path& socket, HttpHandler handler, HttpLimits limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const HttpHandler& handler() const { return handler_; }
  const HttpLimits& limits() const { return limits_; }

 private:
  std::filesystem::path socket_;
  HttpHandler handler_;
  HttpLimits limits_;
  int listener_ = -1;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace clipmill
