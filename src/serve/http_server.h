// An HTTP server by GNU libmicrohttpd: it listens on any socket it is given, bounds memory, connections and
// waiting, and is old and small enough to be trusted.
#pragma once

#include "serve/http.h"
#include "serve/http_gate.h"
#include "serve/open_streams.h"

struct MHD_Daemon;

namespace clipmill {

struct HttpLimits {
  std::size_t body_bytes = std::size_t{64} << 20;
  std::size_t field_bytes = std::size_t{1} << 20;  ///< of one field of a form
  unsigned connections = 256;
  unsigned idle_seconds = 60;
  unsigned threads = 4;  ///< each has its share of the connections
};

/// PEM texts, as files hold them; empty: no TLS.
struct TlsIdentity {
  std::string certificate = {}, key = {};
};

/// Serves from its construction to its destruction, which waits for requests that are being answered,
/// and ends streams.
class HttpServer {
 public:
  /// Takes over `listener`, a listening socket (serve/listener.h). `gate` sees each request's head before its
  /// body is taken in; null: all may ask. With a certificate it speaks HTTPS alone. Throws Error(kIo), or
  /// Error(kInput) where the certificate and its key do not go together.
  HttpServer(int listener, HttpHandler handler, HttpLimits limits = {}, HttpGate gate = {},
             const TlsIdentity& tls = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const HttpHandler& handler() const { return handler_; }
  const HttpLimits& limits() const { return limits_; }
  const HttpGate& gate() const { return gate_; }
  OpenStreams& streams() const { return streams_; }

 private:
  HttpHandler handler_;
  HttpLimits limits_;
  HttpGate gate_;
  mutable OpenStreams streams_;  // of connections, which come and go beside the server's own state
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace clipmill
