#include "fleet/holders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clipmill {
namespace {

using testing::HasSubstr;

ProcessInfo worker(pid_t pid, pid_t parent, const std::string& name, const std::string& device) {
  return {pid, parent, name, {"/opt/bin/clipmill-worker", "--link-fd", "3", "--device", device}, 100};
}

const std::vector<ProcessInfo> kProcesses = {
    {1, 0, "init", {"/sbin/init"}, 5},
    {10, 1, "clipmill", {"./clipmill", "daemon"}, 7},
    worker(11, 10, "job 12 14", "cuda:0"),
    worker(12, 10, "clipmill-worker", "cpu:1"),
    worker(13, 1, "job 3", "cpu:0"),
    {20, 1, "python3", {"python3", "train.py"}, 900},
    {21, 1, "clipmill-worker", {"clipmill-worker", "--version"}, 1},
};

TEST(Holders, OfProcessorsAreTheirWorkers) {
  const auto holders = holders_of_cpus(kProcesses);
  ASSERT_EQ(holders.size(), 2u);
  EXPECT_EQ(holders[0].device, "cpu:0");
  EXPECT_EQ(holders[0].kind, HolderKind::kOrphaned);
  EXPECT_EQ(holders[1].pid, 12);
  EXPECT_EQ(holders[1].kind, HolderKind::kWaits);
  EXPECT_EQ(holders[1].bytes, 100);
}

TEST(Holders, OfAGpuAreMarkedWhereNoJobOfOursRuns) {
  const std::vector<GpuProcess> on_it = {{11, 500}, {20, 900}, {4242, 20}};
  const auto holders = holders_of_gpu("cuda:0", on_it, kProcesses);
  ASSERT_EQ(holders.size(), 3u);
  EXPECT_EQ(holders[0].what, "python3 train.py");
  EXPECT_FALSE(holders[0].belongs_to_a_job());
  EXPECT_EQ(holders[1].what, "job 12 14 of process 10");
  EXPECT_TRUE(holders[1].belongs_to_a_job());
  EXPECT_THAT(holders[2].what, HasSubstr("not visible"));
}

}  // namespace
}  // namespace clipmill
