#include "base/cpu_seconds.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>

namespace clipmill {
namespace {

namespace fs = std::filesystem;

TEST(CpuSeconds, SumsProcessesAndTheirReapedChildren) {
  const fs::path proc = fs::path(testing::TempDir()) / "cpu_seconds_proc";
  fs::create_directories(proc / "7");
  // A name with brackets and spaces; then state … cmajflt, utime, stime, cutime, cstime, priority.
  std::ofstream(proc / "7" / "stat") << "7 (a) b (c) S 1 7 7 0 -1 4194304 10 0 0 0 300 100 50 50 20 0 1 0\n";
  const double tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  EXPECT_DOUBLE_EQ(cpu_seconds(std::array{7, 8}, proc), 500 * tick) << "8 is gone";
  EXPECT_DOUBLE_EQ(cpu_seconds({}, proc), 0);
  fs::remove_all(proc);
}

TEST(CpuSeconds, GrowWithWork) {
  const std::array self = {::getpid()};
  const double before = cpu_seconds(self);
  while (cpu_seconds(self) == before) {  // computes until a tick is counted
  }
  EXPECT_GT(cpu_seconds(self), before);
}

}  // namespace
}  // namespace clipmill
