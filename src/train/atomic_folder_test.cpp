#include "train/atomic_folder.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/atomic_file.h"
#include "checkpoint/test_folder.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;

/// The id of a process that has ended.
pid_t ended_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

TEST(AtomicFolder, AppearsOnCommitOnly) {
  const TestFolder folder;
  {
    AtomicFolder staged(folder / "deep/model");
    write_file(staged.path() / "a/file", "text");
    EXPECT_FALSE(fs::exists(folder / "deep/model"));
    staged.commit({});
  }
  EXPECT_EQ(read_file(folder / "deep/model/a/file"), "text");
  { AtomicFolder given_up(folder / "deep/model"); }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "deep"), {}), 1);
}

TEST(AtomicFolder, KeepsWhatItDoesNotReplaceAndItsOpenFiles) {
  const TestFolder folder;
  write_file(folder / "model/weights/old", "1");
  write_file(folder / "model/log/loss.csv", "a");
  std::ofstream log(folder / "model/log/loss.csv", std::ios::app);
  {
    AtomicFolder staged(folder / "model");
    write_file(staged.path() / "weights/new", "2");
    staged.commit({"weights"});
  }
  log << "b" << std::flush;  // a log that stays open goes on in the new folder
  EXPECT_EQ(read_file(folder / "model/log/loss.csv"), "ab");
  EXPECT_TRUE(fs::exists(folder / "model/weights/new"));
  EXPECT_FALSE(fs::exists(folder / "model/weights/old"));
}

TEST(AtomicFolder, RemovesWhatAKilledProcessLeft) {
  const TestFolder folder;
  const std::string orphan = fmt::format(".model.{}-1.part", ended_process());
  const std::string others = fmt::format(".other.{}-1.part", ended_process());
  const std::string living = fmt::format(".model.{}-1.part", ::getppid());
  for (const std::string& name : {orphan, others, living}) write_file(folder / (name + "/file"), "");
  AtomicFolder staged(folder / "model");
  EXPECT_FALSE(fs::exists(folder / orphan));
  EXPECT_TRUE(fs::exists(folder / others));
  EXPECT_TRUE(fs::exists(folder / living));
}

TEST(AtomicFolder, SaysWhatCannotBeWritten) {
  const TestFolder folder;
  write_file(folder / "file", "");
  const std::string message = error_of([&] { AtomicFolder staged(folder / "file/model"); });
  EXPECT_NE(message.find("file/model"), std::string::npos) << message;
}

}  // namespace
}  // namespace clipmill
