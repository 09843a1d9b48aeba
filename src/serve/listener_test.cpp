#include "serve/listener.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace clipmill {
namespace {

TEST(TcpAddress, IsReadWithItsPort) {
  EXPECT_EQ(tcp_address("127.0.0.1:8000").port, 8000);
  EXPECT_EQ(tcp_address("localhost:1").host, "127.0.0.1");
  EXPECT_EQ(tcp_address("[::1]:65535").host, "::1");
  EXPECT_TRUE(tcp_address("[::1]:8000").is_loopback());
  EXPECT_FALSE(tcp_address("0.0.0.0:8000").is_loopback());
}

TEST(TcpAddress, AnythingElseIsRefused) {
  for (const char* text :
       {"", "8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:0", "127.0.0.1:65536", "::1:8000",
        "[127.0.0.1]:8000", "example.org:80", "127.0.0.1:-1"})
    EXPECT_THROW(tcp_address(text), Error) << text;
}

}  // namespace
}  // namespace clipmill
