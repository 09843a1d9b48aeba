#include "simulated_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "base/atomic_file.h"
#include "base/file_stamp.h"
#include "mount.h"

namespace clipmill {
namespace {

constexpr const char* kFile = "/simulated/a";

class SimulatedDiskTest : public testing::Test {
 protected:
  SimulatedDiskTest() {
    disk_.make_folder("/simulated");
    disk_.sync(SimulatedDisk::kRoot);
  }
  SimulatedDisk::Node make(const char* path) {
    SimulatedDisk::Node node = 0;
    EXPECT_EQ(disk_.create(path, node), 0);
    return node;
  }
  void sync_folder() { disk_.sync(*disk_.find("/simulated")); }
  /// What may be left of the file, over many reboots of the same disk.
  std::set<std::string> outcomes(const char* path) const {
    std::set<std::string> found;
    for (unsigned seed = 0; seed < 200; ++seed) {
      std::mt19937 random(seed);
      SimulatedDisk copy = disk_;
      copy.reboot(random);
      found.insert(copy.find(path) ? copy.content(path) : "gone");
    }
    return found;
  }

  SimulatedDisk disk_{[] { return 5.0; }};
};

TEST_F(SimulatedDiskTest, KeepsWhatIsSynced) {
  const auto node = make(kFile);
  disk_.write(node, 0, "bytes");
  disk_.sync(node);
  sync_folder();
  EXPECT_EQ(outcomes(kFile), std::set<std::string>{"bytes"});
}

TEST_F(SimulatedDiskTest, MayLoseANameAndContentThatAreNot) {
  const auto node = make(kFile);
  disk_.write(node, 0, "bytes");
  EXPECT_EQ(outcomes(kFile), (std::set<std::string>{"bytes", std::string(5, '\0'), "", "gone"}))
      << "size without content, too";
}

TEST_F(SimulatedDiskTest, TearsBetweenSectors) {
  const auto node = make(kFile);
  disk_.sync(node);
  sync_folder();
  disk_.write(node, 0, std::string(512, 'a') + std::string(512, 'b'));
  const std::string first(512, 'a'), second = std::string(512, '\0') + std::string(512, 'b');
  EXPECT_EQ(outcomes(kFile), (std::set<std::string>{"", first, second, first + std::string(512, 'b')}));
}

TEST_F(SimulatedDiskTest, ARenameThatIsNotSyncedMayNotHaveBeen) {
  const auto old = make(kFile);
  disk_.write(old, 0, "old");
  disk_.sync(old);
  sync_folder();
  const auto fresh = make("/simulated/b");
  disk_.write(fresh, 0, "new");
  disk_.sync(fresh);
  disk_.rename("/simulated/b", kFile);
  EXPECT_EQ(outcomes(kFile), (std::set<std::string>{"old", "new"}));
}

TEST_F(SimulatedDiskTest, AfterTheCutEverythingFails) {
  const auto node = make(kFile);
  disk_.cut_power_at(disk_.operations());
  EXPECT_EQ(disk_.sync(node), EIO);
  EXPECT_TRUE(disk_.power_is_cut());
  EXPECT_EQ(disk_.write(node, 0, "late"), EIO);
  EXPECT_EQ(disk_.content(kFile), "");
}

TEST_F(SimulatedDiskTest, IsWhatPosixCallsSee) {
  const Mount mount(disk_);
  write_file("/simulated/folder/clip", "bytes");
  EXPECT_EQ(disk_.content("/simulated/folder/clip"), "bytes");
  ASSERT_TRUE(stamp_of("/simulated/folder/clip"));
  EXPECT_EQ(stamp_of("/simulated/folder/clip")->bytes, 5);
  EXPECT_EQ(outcomes("/simulated/folder/clip"), std::set<std::string>{"bytes"}) << "write_file is durable";
}

}  // namespace
}  // namespace clipmill
