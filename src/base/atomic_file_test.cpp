#include "base/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/error.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class AtomicFileTest : public testing::Test {
 protected:
  AtomicFileTest() {
    std::string name = testing::TempDir() + "atomic-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~AtomicFileTest() override { fs::remove_all(folder_); }

  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_))
      found.push_back(entry.path().filename().string());
    return found;
  }

  fs::path folder_;
};

template <typename Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(ErrorKind::kInternal, "no error");
}

/// Files of this process may not grow beyond `bytes`, as on a disk that has no more room.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_;
};

TEST_F(AtomicFileTest, IsInvisibleUnderItsNameUntilItIsCommitted) {
  AtomicFile file(folder_ / "clip.mp4");
  file.write("half");
  EXPECT_FALSE(fs::exists(folder_ / "clip.mp4"));
  file.write(" and half");
  file.commit();
  EXPECT_EQ(read_file(folder_ / "clip.mp4"), "half and half");
  EXPECT_THAT(names(), testing::ElementsAre("clip.mp4"));
}

TEST_F(AtomicFileTest, LeavesNothingBehindWithoutACommit) {
  { AtomicFile(folder_ / "clip.mp4").write("half"); }
  EXPECT_THAT(names(), testing::IsEmpty());
}

TEST_F(AtomicFileTest, KeepsTheExtensionOfTheTargetForLibrariesThatGoByIt) {
  const AtomicFile file(folder_ / "clip.mp4");
  EXPECT_EQ(file.temporary().extension(), ".mp4");
  EXPECT_EQ(file.temporary().parent_path(), folder_);
  EXPECT_TRUE(file.temporary().filename().string().starts_with(".clip.mp4."));
}

TEST_F(AtomicFileTest, ReplacesTheOldContentWhole) {
  write_file(folder_ / "a", "the old and longer text");
  write_file(folder_ / "a", "new");
  EXPECT_EQ(read_file(folder_ / "a"), "new");
}

TEST_F(AtomicFileTest, MakesMissingFolders) {
  write_file(folder_ / "x" / "y" / "a", "text");
  EXPECT_EQ(read_file(folder_ / "x" / "y" / "a"), "text");
}

TEST_F(AtomicFileTest, TwoAtOnceDoNotMeet) {
  AtomicFile first(folder_ / "a"), second(folder_ / "a");
  first.write("first");
  second.write("second");
  second.commit();
  first.commit();
  EXPECT_EQ(read_file(folder_ / "a"), "first");
}

TEST_F(AtomicFileTest, WhenThereIsNoMoreRoomTheOldContentStaysAndNothingElse) {
  write_file(folder_ / "a", "old");
  const Error error = error_of([&] {
    const FileSizeLimit limit(1000);
    write_file(folder_ / "a", std::string(100'000, 'x'));
  });
  EXPECT_EQ(error.kind(), ErrorKind::kIo);
  EXPECT_THAT(error.what(), HasSubstr((folder_ / "a").string()));
  EXPECT_EQ(read_file(folder_ / "a"), "old");
  EXPECT_THAT(names(), testing::ElementsAre("a"));
}

TEST_F(AtomicFileTest, ABadPlaceIsAnErrorThatNamesIt) {
  write_file(folder_ / "file", "");
  for (const fs::path& target : {folder_ / "file" / "a", fs::path("/proc/no/such"), folder_,
                                 folder_ / std::string(300, 'n'), folder_ / std::string(5000, 'n') / "a"}) {
    const Error error = error_of([&] { AtomicFile file(target); });
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
    EXPECT_THAT(error.what(), HasSubstr(target.string()));
  }
}

TEST_F(AtomicFileTest, ReadingWhatIsNotThereOrAFolderIsAnError) {
  EXPECT_EQ(error_of([&] { read_file(folder_ / "missing"); }).kind(), ErrorKind::kIo);
  EXPECT_EQ(error_of([&] { read_file(folder_); }).kind(), ErrorKind::kIo);
}

TEST_F(AtomicFileTest, ReadsBytesAsTheyAre) {
  const std::string bytes("\0\r\n\xFF", 4);
  write_file(folder_ / "a", bytes);
  EXPECT_EQ(read_file(folder_ / "a"), bytes);
  write_file(folder_ / "a", "");
  EXPECT_EQ(read_file(folder_ / "a"), "");
}

TEST_F(AtomicFileTest, OrphansOfDeadProcessesGoThoseOfLivingOnesStay) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  const auto made_by = [](const char* pattern, pid_t pid) { return fmt::format(fmt::runtime(pattern), pid); };
  const char* const kTemporaries[] = {".clip.mp4.{}-1.part.mp4", ".clip.mp4.preview.png.{}-27.part.png",
                                      ".latents.{}-3.part", "..hidden.{}-4.part", ".a\nb.png.{}-5.part.png"};
  std::vector<std::string> staying = {".clip.mp4.notes", "clip.mp4", made_by("clip.mp4.{}-1.part.mp4", child),
                                      made_by(".clip.mp4.{}-1.part.mp4.kept.txt", child),
                                      made_by(".clip.mp4.{}.part.mp4", child)};
  for (const char* pattern : kTemporaries) {
    staying.push_back(made_by(pattern, ::getpid()));
    std::ofstream(folder_ / made_by(pattern, child)) << "x";
  }
  for (const std::string& name : staying) std::ofstream(folder_ / name) << "x";
  remove_orphans_in(folder_);
  EXPECT_THAT(names(), testing::UnorderedElementsAreArray(staying));
}

TEST_F(AtomicFileTest, TheTemporaryOfAKilledProcessIsAnOrphan) {
  const pid_t child = ::fork();
  if (child == 0) {
    const AtomicFile file(folder_ / "clip.mp4.preview.png");
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  ASSERT_EQ(names().size(), 1u);
  remove_orphans_in(folder_);
  EXPECT_THAT(names(), testing::IsEmpty());
}

TEST_F(AtomicFileTest, AFolderThatIsNotThereHasNoOrphans) { remove_orphans_in(folder_ / "missing"); }

}  // namespace
}  // namespace clipmill
