// Sockets that a server listens on. The server that is given one closes it.
#pragma once

#include <filesystem>
#include <string>

namespace clipmill {

/// "127.0.0.1:8000", "[::1]:8000".
struct TcpAddress {
  std::string host;
  int port = 0;

  bool is_loopback() const { return host == "127.0.0.1" || host == "::1"; }
};
/// Throws Error(kInput) that says how an address looks.
TcpAddress tcp_address(const std::string& text);

/// A Unix socket for this user only, in place of what a dead server left there; the caller sees to it that no
/// other is alive (the store's lock). Throws Error(kIo), or Error(kInput) on a path that is too long.
int listen_on(const std::filesystem::path& socket);
/// Throws Error(kIo), as where somebody else listens there.
int listen_on(const TcpAddress& address);

/// Removes a socket's file at its end: clients see at once that nobody serves there.
class SocketFile {
 public:
  explicit SocketFile(std::filesystem::path file) : file_(std::move(file)) {}
  ~SocketFile() {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
  }
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

 private:
  const std::filesystem::path file_;
};
}  // namespace clipmill
