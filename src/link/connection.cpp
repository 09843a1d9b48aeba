#include "link/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "base/error.h"

namespace clipmill::link {
namespace {

constexpr std::uint32_t kLongest = 64u << 20;

bool send_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(fd, data, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool receive_all(int fd, char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t received = ::recv(fd, data, size, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return false;
    data += received;
    size -= static_cast<std::size_t>(received);
  }
  return true;
}

}  // namespace

Connection::~Connection() { ::close(fd_); }

bool Connection::send(const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string frame;
  for (int shift = 0; shift < 32; shift += 8) frame += static_cast<char>(size >> shift & 0xFF);
  frame += text;
  std::lock_guard lock(send_mutex_);
  return send_all(fd_, frame.data(), frame.size());
}

std::optional<std::string> Connection::receive() {
  std::array<unsigned char, 4> header{};
  if (!receive_all(fd_, reinterpret_cast<char*>(header.data()), header.size())) return std::nullopt;
  std::uint32_t size = 0;
  for (int i = 3; i >= 0; --i) size = size << 8 | header[static_cast<std::size_t>(i)];
  if (size > kLongest)
    throw Error(ErrorKind::kWorker, fmt::format("a message of {} bytes on the link", size));
  std::string text(size, '\0');
  if (!receive_all(fd_, text.data(), size)) return std::nullopt;
  return text;
}

}  // namespace clipmill::link
