// libFuzzer: no bytes on a connection make the HTTP server or what it does with a request crash, hang or
// leak.
#include "serve/testing/fuzz_server.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const clipmill::FuzzServer server("http");
  server.send({reinterpret_cast<const char*>(data), size});
  return 0;
}
