// What other processes, kill -9 and a full disk do to a store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "base/error.h"
#include "store/sqlite_store.h"
#include "store/testing/scratch_folder.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Runs `body` in a child process and returns the child's wait status.
int in_child(
    const std::function<int()>& body, const std::function<void(pid_t)>& meanwhile = [](pid_t) {}) {
  const pid_t child = ::fork();
  if (child == 0) {
    int code = 99;
    try {
      code = body();
    } catch (const std::exception& error) {
      fmt::print(stderr, "child: {}\n", error.what());
    }
    ::_exit(code);
  }
  meanwhile(child);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

JobSpec numbered(int number) {
  JobSpec spec;
  spec.output = fmt::format("{}.mp4", number);
  spec.clip.prompt = std::string(2000, 'p');
  return spec;
}

TEST(StoreLock, SecondProcessIsToldWhoHasTheStore) {
  const ScratchFolder scratch;
  const fs::path file = scratch.path() / "jobs.db";
  const SqliteStore owner(file);
  const std::string pid = fmt::format("{}", ::getpid());
  const int status = in_child([&] {
    try {
      SqliteStore second(file);
    } catch (const Error& error) {
      const bool told = error.what() == file.string() + " is in use by clipmill (pid " + pid + ")";
      return told && error.kind() == ErrorKind::kInput && !error.hint().empty() ? 0 : 1;
    }
    return 2;
  });
  EXPECT_EQ(status, 0);
}

TEST(StoreLock, EndsWithItsOwner) {
  const ScratchFolder scratch;
  const fs::path file = scratch.path() / "jobs.db";
  ASSERT_EQ(in_child([&] {
              new SqliteStore(file);  // never destroyed: the process just ends
              return 0;
            }),
            0);
  EXPECT_NO_THROW(SqliteStore{file});
}

/// Works until it is killed; says on `fd` which attempt it has just finished.
int work_forever(const fs::path& file, int fd) {
  SqliteStore store(file);
  for (int i = 0;; ++i) {
    const JobSpec spec = numbered(i);
    const Attempt attempt = store.begin_attempt(store.submit({&spec, 1}).at(0), "cpu:0");
    store.record(attempt.id, {Stage::kDenoise, 1, 1}, 0);
    store.finish(attempt.id, JobFinished{i, 1});
    if (::write(fd, &i, sizeof i) != sizeof i) return 1;
  }
}

TEST(StoreCrash, KilledOwnerLeavesAStoreThatOpensAndResumes) {
  const ScratchFolder scratch;
  const fs::path file = scratch.path() / "jobs.db";
  for (const int jobs_before_the_kill : {1, 7, 23}) {
    int last = -1;
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const int status = in_child(
        [&] { return work_forever(file, pipe_ends[1]); },
        [&](pid_t child) {
          while (last + 1 < jobs_before_the_kill && ::read(pipe_ends[0], &last, sizeof last) == sizeof last) {
          }
          ::kill(child, SIGKILL);
        });
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    ASSERT_TRUE(WIFSIGNALED(status));

    SqliteStore store(file);
    const auto jobs = store.jobs();
    ASSERT_GE(jobs.size(), static_cast<std::size_t>(last + 1));
    for (const Job& job : jobs) {
      EXPECT_NE(job.state, JobState::kRunning);
      if (job.id <= last + 1) {
        EXPECT_EQ(job.state, JobState::kDone);
      }
    }
    const JobSpec next = numbered(1000 + jobs_before_the_kill);
    const Attempt attempt = store.begin_attempt(store.submit({&next, 1}).at(0), "cpu:0");
    store.finish(attempt.id, JobFinished{1, 1});
    fs::remove(file);  // the next round starts with a new store
    fs::remove(file.string() + "-wal");
    fs::remove(file.string() + "-shm");
  }
}

/// Submits until the disk is full, then checks that everything that was confirmed is there. 0: all is well.
int fill_up(const fs::path& file, const std::function<void()>& make_room) {
  int confirmed = 0;
  {
    SqliteStore store(file);
    try {
      for (; confirmed < 100'000; ++confirmed) {
        const JobSpec spec = numbered(confirmed);
        store.submit({&spec, 1});
      }
      return 1;  // the disk never became full
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kIo) return 2;
      if (std::string_view(error.what()).find(file.string()) == std::string_view::npos) return 3;
    }
    if (store.jobs().size() != static_cast<std::size_t>(confirmed)) return 4;
  }
  make_room();
  SqliteStore again(file);
  if (again.jobs().size() != static_cast<std::size_t>(confirmed)) return 5;
  const JobSpec next = numbered(confirmed);
  again.submit({&next, 1});
  return again.jobs().size() == static_cast<std::size_t>(confirmed) + 1 ? 0 : 6;
}

TEST(StoreFullDisk, LosesNothingOnAFullFileSystem) {
  const ScratchFolder scratch;
  const int status = in_child([&] {
    // A file system of its own, seen by the child alone.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", scratch.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
      return 77;
    }
    return fill_up(scratch.path() / "jobs.db",
                   [&] { ::mount("none", scratch.path().c_str(), "tmpfs", MS_REMOUNT, "size=16m"); });
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
    GTEST_SKIP() << "needs the right to mount a file system";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "wait status " << status;
}

/// Whether the store says that it cannot write, naming its file. 0: it does.
int refused_read_only(const fs::path& file) {
  try {
    SqliteStore store(file);
    return 1;
  } catch (const Error& error) {
    const std::string_view text = error.what();
    const bool clear = text.find(file.string()) != text.npos && text.find("Read-only") != text.npos;
    return error.kind() == ErrorKind::kIo && clear ? 0 : 2;
  }
}

TEST(StoreReadOnly, SaysSoAndLosesNothing) {
  const ScratchFolder scratch;
  const fs::path file = scratch.path() / "jobs.db";
  const int status = in_child([&] {
    const auto mount = [&](unsigned long flags) {
      return ::mount("none", scratch.path().c_str(), "tmpfs", flags, "");
    };
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount(0) != 0) {
      return 77;
    }
    const JobSpec spec = numbered(1);
    SqliteStore(file).submit({&spec, 1});
    if (mount(MS_REMOUNT | MS_RDONLY) != 0) return 3;
    if (const int wrong = refused_read_only(file)) return wrong;
    if (mount(MS_REMOUNT) != 0) return 4;
    return SqliteStore(file).jobs().size() == 1 ? 0 : 5;
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
    GTEST_SKIP() << "needs the right to mount a file system";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "wait status " << status;
}

TEST(StoreFullDisk, LosesNothingAtTheFileSizeLimit) {
  const ScratchFolder scratch;
  const int status = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{1 << 20, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    return fill_up(scratch.path() / "jobs.db", [] {
      rlimit none{RLIM_INFINITY, RLIM_INFINITY};
      ::setrlimit(RLIMIT_FSIZE, &none);
    });
  });
  EXPECT_EQ(WEXITSTATUS(status), 0) << "wait status " << status;
}

}  // namespace
}  // namespace clipmill
