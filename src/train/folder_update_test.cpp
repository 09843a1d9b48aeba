#include "train/folder_update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "base/atomic_file.h"
#include "checkpoint/test_folder.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

const FolderParts kModelParts = {".state/model", "index", {"second"}};

void build(const FolderUpdate& update, const std::string& text) {
  for (const char* file : {"a/weights", "b/weights", "c", "index"}) write_file(update.path() / file, text);
}

void update_to(const std::string& text, const fs::path& folder) {
  FolderUpdate update(folder, kModelParts);
  build(update, text);
  update.commit();
}

std::string content_of(const fs::path& folder) {
  std::string all;
  for (const char* file : {"a/weights", "b/weights", "c", "index"}) all += read_file(folder / file);
  return all;
}

std::vector<std::string> entries_of(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  return names;
}

/// What happens to the names in a folder, in order: "-index" was removed, "+index" has come.
class NameWatch {
 public:
  explicit NameWatch(const fs::path& folder) : fd_(::inotify_init1(IN_NONBLOCK)) {
    ::inotify_add_watch(fd_, folder.c_str(), IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE);
  }
  ~NameWatch() { ::close(fd_); }
  NameWatch(const NameWatch&) = delete;
  NameWatch& operator=(const NameWatch&) = delete;

  std::vector<std::string> seen() const {
    std::vector<std::string> names;
    alignas(inotify_event) std::array<char, 16384> buffer;
    const ssize_t size = ::read(fd_, buffer.data(), buffer.size());
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      const bool gone = (event->mask & (IN_DELETE | IN_MOVED_FROM)) != 0;
      names.push_back((gone ? "-" : "+") + std::string(event->name));
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
    return names;
  }

 private:
  int fd_;
};

TEST(FolderUpdate, AppearsOnCommitOnly) {
  const TestFolder folder;
  {
    FolderUpdate update(folder / "deep/model", kModelParts);
    build(update, "1");
    EXPECT_THAT(entries_of(folder / "deep/model"), UnorderedElementsAre(".state"));
    update.commit();
  }
  EXPECT_EQ(content_of(folder / "deep/model"), "1111");
  { FolderUpdate given_up(folder / "deep/model", kModelParts); }
  EXPECT_THAT(entries_of(folder / "deep/model"), UnorderedElementsAre("a", "b", "c", "index"));
}

TEST(FolderUpdate, LeavesTheFolderItselfAndWhatElseLiesInItAsTheyAre) {
  const TestFolder folder;
  write_file(folder / "real/log", "kept");
  write_file(folder / "real/second/weights", "older");
  fs::create_directory_symlink("real", folder / "model");
  update_to("1", folder / "model");
  struct stat before {};
  ASSERT_EQ(::stat((folder / "real").c_str(), &before), 0);
  update_to("2", folder / "model");
  EXPECT_TRUE(fs::is_symlink(folder / "model"));
  struct stat after {};
  ASSERT_EQ(::stat((folder / "real").c_str(), &after), 0);
  EXPECT_EQ(after.st_ino, before.st_ino) << "a shell in it is still in it";
  EXPECT_THAT(entries_of(folder / "real"), UnorderedElementsAre("a", "b", "c", "index", "log"));
  EXPECT_EQ(fs::hard_link_count(folder / "real/log"), 1u);
  EXPECT_EQ(content_of(folder / "model"), "2222");
}

TEST(FolderUpdate, TheSealGoesFirstAndComesLast) {
  const TestFolder folder;
  update_to("1", folder.path());
  FolderUpdate update(folder.path(), kModelParts);
  build(update, "2");
  const NameWatch watch(folder.path());
  update.commit();
  const auto seen = watch.seen();
  ASSERT_GE(seen.size(), 4u);
  EXPECT_EQ(seen.front(), "-index");
  EXPECT_EQ(seen.back(), "+index");
}

TEST(FolderUpdate, ACrashAnywhereInBetweenIsMadeGood) {
  const std::vector<std::string> entries = {"a", "b", "c", "index"};
  for (unsigned moved = 0; moved < 16; ++moved) {  // a set of entries that have their places already
    if (moved >= 8 && moved != 15) continue;       // the seal comes last
    const TestFolder folder;
    update_to("1", folder.path());
    write_file(folder / "second/weights", "1");
    const FolderUpdate update(folder.path(), kModelParts);
    build(update, "2");
    fs::rename(update.path(), folder / kModelParts.staging);
    if (moved != 0) fs::remove(folder / "index"), fs::remove_all(folder / "second");
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if ((moved >> i & 1U) == 0) continue;
      fs::remove_all(folder / entries[i]);
      fs::rename(folder / kModelParts.staging / entries[i], folder / entries[i]);
    }
    complete_update(folder.path(), kModelParts);
    EXPECT_EQ(content_of(folder.path()), "2222") << moved;
    EXPECT_THAT(entries_of(folder.path()), Each(Not("second"))) << moved;
    EXPECT_FALSE(fs::exists(folder / kModelParts.staging)) << moved;
  }
}

TEST(FolderUpdate, AnErrorInBetweenLeavesNothingToRead) {
  const TestFolder folder;
  update_to("1", folder.path());
  fs::create_directories(folder / "b/mounted");
  if (::mount("clipmill-test", (folder / "b/mounted").c_str(), "tmpfs", 0, "size=1m") != 0)
    GTEST_SKIP() << "an entry that cannot be replaced takes a mount, and that needs root";
  const std::string error = error_of([&] { update_to("2", folder.path()); });
  EXPECT_THAT(error, HasSubstr("cannot replace " + (folder / "b").string()));
  EXPECT_FALSE(fs::exists(folder / "index"));
  ::umount((folder / "b/mounted").c_str());
  complete_update(folder.path(), kModelParts);
  EXPECT_EQ(content_of(folder.path()), "2222");
}

TEST(FolderUpdate, TheFolderMayBeAMountPoint) {
  const TestFolder folder;
  fs::create_directory(folder / "model");
  if (::mount("clipmill-test", (folder / "model").c_str(), "tmpfs", 0, "size=1m") != 0)
    GTEST_SKIP() << "mounting needs root";
  for (const char* text : {"1", "2"}) update_to(text, folder / "model");
  EXPECT_EQ(content_of(folder / "model"), "2222");
  ::umount((folder / "model").c_str());
}

TEST(FolderUpdate, NothingIsWrittenBesideTheFolder) {
  const TestFolder folder;
  update_to("1", folder / "model");
  const NameWatch beside(folder.path());
  update_to("2", folder / "model");
  EXPECT_TRUE(beside.seen().empty()) << "its parent may be nobody's to write";
}

TEST(FolderUpdate, RemovesWhatAKilledProcessWasBuilding) {
  const TestFolder folder;
  write_file(folder / ".state/model.part/stale", "");
  update_to("1", folder.path());
  EXPECT_THAT(entries_of(folder.path()), UnorderedElementsAre("a", "b", "c", "index"));
}

TEST(FolderUpdate, SaysWhatCannotBeWritten) {
  const TestFolder folder;
  write_file(folder / "file", "");
  EXPECT_THAT(error_of([&] { FolderUpdate(folder / "file/model", kModelParts); }), HasSubstr("file/model"));
}

}  // namespace
}  // namespace clipmill
