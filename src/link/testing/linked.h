// For tests: both ends of a link within one process.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <memory>

#include "link/connection.h"

namespace clipmill::test {

struct Linked {
  std::unique_ptr<link::Connection> main, worker;
};

inline Linked linked() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  return {std::make_unique<link::Connection>(ends[0]), std::make_unique<link::Connection>(ends[1])};
}

}  // namespace clipmill::test
