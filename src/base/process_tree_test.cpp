#include "base/process_tree.h"

#include <gtest/gtest.h>

#include "base/testing/fake_proc.h"

namespace clipmill {
namespace {

TEST(ProcessTree, FollowsParentsWhateverTheNames) {
  const FakeProc proc;
  proc.write(1, "stat", "1 (init) S 0 1 1");
  proc.write(20, "stat", "20 (a) b (c)) S 1 20 20");
  proc.write(21, "stat", "21 (x) R 20 21 21");
  proc.write(22, "stat", "22 (y) Z 21 22 22");
  proc.write(30, "stat", "30 (other) S 1 30 30");
  proc.write(40, "status", "no stat: it ended meanwhile");
  std::filesystem::create_directories(proc.folder / "self");
  EXPECT_EQ(descendants(20, proc.folder), (std::vector<pid_t>{21, 22}));
  EXPECT_EQ(descendants(22, proc.folder), std::vector<pid_t>{});
}

}  // namespace
}  // namespace clipmill
