#include "serve/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/number.h"

namespace clipmill {
namespace {

constexpr int kBacklog = 128;

int new_socket(int family) {
  const int made = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) throw io_error("cannot make a socket", errno);
  return made;
}

int bound(int listener, const void* address, socklen_t size, const std::string& name) {
  if (::bind(listener, static_cast<const sockaddr*>(address), size) == 0 && ::listen(listener, kBacklog) == 0)
    return listener;
  const int error = errno;
  ::close(listener);
  throw io_error(fmt::format("cannot listen on {}", name), error);
}

[[noreturn]] void refuse(const std::string& text) {
  throw Error(ErrorKind::kInput, fmt::format("\"{}\" is no address to listen on", text),
              "an address is IP:PORT, as 127.0.0.1:8000, localhost:8000 or [::1]:8000");
}

}  // namespace

TcpAddress tcp_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) refuse(text);
  TcpAddress address{text.substr(0, colon)};
  const bool bracketed = address.host.starts_with('[') && address.host.ends_with(']');
  if (bracketed) address.host = address.host.substr(1, address.host.size() - 2);
  if (address.host == "localhost") address.host = "127.0.0.1";
  const auto port = number_in<std::uint16_t>(std::string_view(text).substr(colon + 1));
  in6_addr scratch;
  const bool known = ::inet_pton(bracketed ? AF_INET6 : AF_INET, address.host.c_str(), &scratch) == 1;
  if (!port || *port == 0 || !known) refuse(text);
  address.port = *port;
  return address;
}

int listen_on(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    throw Error(ErrorKind::kInput,
                fmt::format("{} is too long for a socket: at most {} bytes", path.string(),
                            sizeof address.sun_path - 1),
                "give a state folder with a shorter path: --state FOLDER");
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  const int listener = new_socket(AF_UNIX);
  ::unlink(path.c_str());
  const mode_t before = ::umask(0177);  // for this user only, from the first moment
  struct Restore {
    mode_t mask;
    ~Restore() { ::umask(mask); }
  } const restore{before};
  return bound(listener, &address, sizeof address, path.string());
}

int listen_on(const TcpAddress& address) {
  sockaddr_storage storage{};
  const auto port = htons(static_cast<std::uint16_t>(address.port));
  auto& six = reinterpret_cast<sockaddr_in6&>(storage);
  auto& four = reinterpret_cast<sockaddr_in&>(storage);
  const bool is_six = ::inet_pton(AF_INET6, address.host.c_str(), &six.sin6_addr) == 1;
  if (is_six) {
    six.sin6_family = AF_INET6, six.sin6_port = port;
  } else {
    ::inet_pton(AF_INET, address.host.c_str(), &four.sin_addr);
    four.sin_family = AF_INET, four.sin_port = port;
  }
  const int listener = new_socket(is_six ? AF_INET6 : AF_INET), yes = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);  // at once after a restart
  return bound(listener, &storage, is_six ? sizeof six : sizeof four,
               fmt::format("{}, port {}", address.host, address.port));
}

}  // namespace clipmill
