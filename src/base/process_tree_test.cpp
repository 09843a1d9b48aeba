#include "base/process_tree.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/testing/fake_proc.h"

namespace clipmill {
namespace {

TEST(ProcessTree, FollowsParentsWhateverTheNames) {
  const FakeProc proc;
  const auto process = [&](int pid, const char* name, int parent) {
    proc.write(pid, "status", fmt::format("Name:\t{}\nPid:\t{}\nPPid:\t{}\n", name, pid, parent));
  };
  process(1, "init", 0);
  process(20, "a PPid:\t7", 1);
  process(21, "x", 20);
  process(22, "y", 21);
  process(30, "other", 1);
  proc.write(40, "stat", "no status: it ended meanwhile");
  std::filesystem::create_directories(proc.folder / "self");
  EXPECT_EQ(descendants(20, proc.folder), (std::vector<pid_t>{21, 22}));
  EXPECT_EQ(descendants(22, proc.folder), std::vector<pid_t>{});
}

}  // namespace
}  // namespace clipmill
