// Messages over a stream socket: a 4-byte little-endian length, then that many bytes of JSON.
#pragma once

#include <mutex>
#include <optional>
#include <string>

namespace clipmill::link {

/// Owns one end of a socket pair. send() may be called from several threads; receive() from one.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }
  /// False once the peer is gone.
  bool send(const std::string& text);
  /// Blocks for one message; empty once the peer is gone. Throws Error(kWorker) on a length beyond 64 MiB.
  std::optional<std::string> receive();

 private:
  const int fd_;
  std::mutex send_mutex_;
};

}  // namespace clipmill::link
