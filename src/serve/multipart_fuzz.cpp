// libFuzzer: no multipart body makes the server or the reading of a video's request crash, hang or leak.
#include <fmt/format.h>

#include "serve/testing/fuzz_server.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const clipmill::FuzzServer server("multipart");
  const std::string head = fmt::format(
      "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
      "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {}\r\n\r\n",
      size);
  server.send(head + std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
