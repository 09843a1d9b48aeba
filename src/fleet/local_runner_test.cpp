// With real processes: the fake worker does what the prompt says.
#include "fleet/local_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/process_tree.h"
#include "link/messages.h"

namespace clipmill {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// The system's, which a test may put forward.
class TestClock : public Clock {
 public:
  double now() const override { return clock_.now() + ahead_; }
  void advance(double seconds) { ahead_ += seconds; }

 private:
  const SystemClock clock_;
  double ahead_ = 0;
};

class LocalRunnerTest : public testing::Test {
 protected:
  LocalRunnerTest() { make({}); }
  ~LocalRunnerTest() override { ::close(interrupt_); }

  void make(std::vector<std::string> arguments, std::vector<std::string> devices = {"cpu:0"}) {
    use(WorkerCommand{CLIPMILL_FAKE_WORKER, std::move(arguments)}, std::move(devices));
  }
  void use(WorkerCommand worker, std::vector<std::string> devices = {"cpu:0"}) {
    runner_.reset();
    runner_.emplace(devices, WorkerCommands{worker, worker}, clock_,
                    LocalRunnerOptions{.interrupt_fd = interrupt_, .silence_seconds = silence_});
  }

  Attempt start(const std::string& prompt, const std::string& device = "cpu:0", Part part = Part::kWhole) {
    Attempt attempt{++last_attempt_, last_attempt_ + 100, device, {}, part};
    attempt.spec.clip.prompt = prompt;
    runner_->start(attempt);
    running_.push_back(attempt);
    return attempt;
  }
  Event next() {
    while (true) {
      if (const auto event = runner_->next_event()) return *event;
      runner_->wait(10);
    }
  }
  PreviewWritten next_preview() {
    while (true) {
      const Event event = next();
      if (const auto* preview = std::get_if<PreviewWritten>(&event.what)) return *preview;
    }
  }
  void cancel_all() {
    for (const Attempt& attempt : running_) runner_->cancel(attempt);
  }
  /// The event that ends an attempt.
  Event end() {
    while (true) {
      Event event = next();
      if (std::holds_alternative<JobFinished>(event.what) || std::holds_alternative<JobFailed>(event.what)) {
        return event;
      }
    }
  }
  JobFailed failure() { return std::get<JobFailed>(end().what); }
  JobFailed failure_of(const std::string& prompt) {
    start(prompt);
    return failure();
  }
  void expect_finishes() {
    const Attempt attempt = start("finish");
    const Event event = end();
    EXPECT_EQ(event.attempt, attempt.id);
    EXPECT_TRUE(std::holds_alternative<JobFinished>(event.what));
  }
  /// A job that waits for cancel_all(); returns its worker's process id.
  pid_t start_waiting(const std::string& device = "cpu:0") {
    start("wait", device);
    return std::stoi(std::get<PreviewWritten>(next().what).path);
  }

  int interrupt_ = ::eventfd(0, EFD_CLOEXEC);
  TestClock clock_;
  double silence_ = 0;
  std::vector<Attempt> running_;
  std::optional<LocalRunner> runner_;
  AttemptId last_attempt_ = 10;
};

TEST_F(LocalRunnerTest, HandsOutTheEventsOfAnAttemptInOrder) {
  const Attempt attempt = start("finish");
  EXPECT_TRUE(std::holds_alternative<StageStarted>(next().what));
  EXPECT_EQ(std::get<StageProgress>(next().what).total, 2);
  EXPECT_EQ(std::get<StageFinished>(next().what).peak_bytes, 1000);
  const Event last = next();
  EXPECT_EQ(std::get<JobFinished>(last.what).output_bytes, 42);
  EXPECT_EQ(last.job, attempt.job);
  EXPECT_EQ(last.attempt, attempt.id);
  EXPECT_EQ(last.device, "cpu:0");
}

TEST_F(LocalRunnerTest, OneWorkerServesManyAttempts) {
  const pid_t first = start_waiting();
  cancel_all();
  end();
  EXPECT_EQ(start_waiting(), first);
}

TEST_F(LocalRunnerTest, HandsOnAFailureOfTheJob) {
  const JobFailed failed = failure_of("fail");
  EXPECT_EQ(failed.kind, ErrorKind::kInput);
  EXPECT_EQ(failed.message, "as asked");
  EXPECT_EQ(failed.hint, "ask for less");
  expect_finishes();
}

TEST_F(LocalRunnerTest, KilledWorkerFailsItsAttemptAndTheNextOneRuns) {
  const JobFailed failed = failure_of("killed");
  EXPECT_EQ(failed.kind, ErrorKind::kWorker);
  EXPECT_EQ(failed.message, "the worker on cpu:0 died: signal 9 (Killed)");
  EXPECT_THAT(failed.hint, HasSubstr("memory"));
  EXPECT_TRUE(runner_->available("cpu:0"));
  expect_finishes();
}

TEST_F(LocalRunnerTest, LastWordsOfAWorkerAreEvidence) {
  EXPECT_THAT(failure_of("abort").message,
              AllOf(HasSubstr("signal 6 (Aborted)"), HasSubstr("terminate called /   what():  a defect")));
  EXPECT_THAT(failure_of("exit").message, HasSubstr("exit status 3"));
}

TEST_F(LocalRunnerTest, WorkerThatHangsUpIsKilled) {
  EXPECT_EQ(failure_of("hang up").message, "the worker on cpu:0 hung up and had to be killed");
  expect_finishes();
}

TEST_F(LocalRunnerTest, AWorkerThatIsSilentForTooLongIsKilled) {
  silence_ = 0.3;
  make({});
  const JobFailed failed = failure_of("hang");
  EXPECT_EQ(failed.kind, ErrorKind::kWorker);
  EXPECT_THAT(failed.message, HasSubstr("was silent for"));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "it is still there";
  expect_finishes();
}

TEST_F(LocalRunnerTest, BrokenProtocolFailsTheAttempt) {
  for (const std::string prompt : {"garbage", "huge"}) {
    const JobFailed failed = failure_of(prompt);
    EXPECT_EQ(failed.kind, ErrorKind::kWorker);
    EXPECT_THAT(failed.message, HasSubstr("the worker on cpu:0 broke the protocol"));
    expect_finishes();
  }
}

TEST_F(LocalRunnerTest, DropsEventsOfAttemptsThatAreOver) {
  start("stale");
  EXPECT_TRUE(std::holds_alternative<JobFinished>(end().what));
  expect_finishes();
}

TEST_F(LocalRunnerTest, WorkerMayPrintALot) {
  start("print");
  EXPECT_TRUE(std::holds_alternative<JobFinished>(end().what));
}

TEST_F(LocalRunnerTest, SaysWhyAWorkerDoesNotStart) {
  make({"--at-start", "exit"});
  EXPECT_THAT(failure_of("finish").message,
              AllOf(HasSubstr("the worker on cpu:0 died before it was ready: exit status 127"),
                    HasSubstr("libtorch.so: cannot open")));
}

TEST_F(LocalRunnerTest, SaysThatTheProgramIsMissing) {
  use(WorkerCommand{"/nowhere/clipmill-worker", {}});
  EXPECT_THAT(failure_of("finish").message,
              HasSubstr("cannot start the worker /nowhere/clipmill-worker: No such file"));
}

TEST_F(LocalRunnerTest, RefusesAnotherVersion) {
  make({"--at-start", "version"});
  EXPECT_THAT(failure_of("finish").message,
              HasSubstr(fmt::format("speaks version {} of the link, this program version {}",
                                    link::kVersion + 1, link::kVersion)));
}

TEST_F(LocalRunnerTest, RefusesAnEventBeforeHello) {
  make({"--at-start", "event"});
  EXPECT_THAT(failure_of("finish").message, HasSubstr("an event before its hello"));
}

TEST_F(LocalRunnerTest, TriesAgainAfterOneFailedStart) {
  const auto mark = std::filesystem::path(testing::TempDir()) / fmt::format("first-{}", ::getpid());
  make({"--at-start", "exit", "--first-only", mark.string()});
  failure_of("finish");
  expect_finishes();
  std::filesystem::remove(mark);
}

TEST_F(LocalRunnerTest, GivesADeviceUpAfterTwoFailedStarts) {
  make({"--at-start", "exit"});
  EXPECT_THAT(failure_of("finish").message, Not(HasSubstr("given up")));
  EXPECT_THAT(failure_of("finish").message, Not(HasSubstr("given up")));
  EXPECT_FALSE(runner_->available("cpu:0"));
  EXPECT_THAT(runner_->trouble("cpu:0").message,
              AllOf(HasSubstr("cpu:0 is given up"), HasSubstr("libtorch.so")));
}

TEST_F(LocalRunnerTest, AGivenUpDeviceIsTriedAgainAfterPausesThatGrow) {
  const auto mark = std::filesystem::path(testing::TempDir()) / fmt::format("repaired-{}", ::getpid());
  const std::string script =
      fmt::format("[ -e {} ] && exec {} \"$@\"; exit 1", mark.string(), CLIPMILL_FAKE_WORKER);
  use(WorkerCommand{"/bin/sh", {"-c", script, "sh"}});
  failure_of("finish");
  for (double pause = 10; pause < 100; pause *= 2) {
    failure_of("finish");
    clock_.advance(pause * 0.99);
    EXPECT_FALSE(runner_->available("cpu:0")) << pause;
    clock_.advance(pause * 0.02);
    EXPECT_TRUE(runner_->available("cpu:0")) << pause;
  }
  std::ofstream(mark) << "repaired";
  expect_finishes();
  EXPECT_EQ(failure_of("exit").kind, ErrorKind::kWorker);
  EXPECT_TRUE(runner_->available("cpu:0")) << "what was before counts no more";
  std::filesystem::remove(mark);
}

TEST_F(LocalRunnerTest, AWorkerIsGivenWhatTheEnvironmentDoesNotSayOtherwise) {
  const std::string script =
      fmt::format("[ \"$SPINS-$HOME\" = 7-$OURS ] && exec {} \"$@\"; exit 1", CLIPMILL_FAKE_WORKER);
  ::setenv("OURS", std::getenv("HOME"), 1);
  use({"/bin/sh", {"-c", script, "sh"}, {{"SPINS", "7"}, {"HOME", "/elsewhere"}}});
  expect_finishes();
  ::unsetenv("OURS");
}

TEST_F(LocalRunnerTest, RestEndsIdleWorkersOnly) {
  make({}, {"cpu:0", "cpu:1"});
  const pid_t busy = start_waiting("cpu:0");
  const Attempt idle = start("finish", "cpu:1");
  while (end().attempt != idle.id) {
  }
  runner_->rest();
  EXPECT_THAT(descendants(::getpid()), ElementsAre(busy));
}

TEST_F(LocalRunnerTest, AWorkerThatLeakedTooMuchIsReplacedBetweenJobs) {
  const auto pid_of_leaking = [&] {
    start("leak");
    const pid_t pid = std::stoi(std::get<PreviewWritten>(next().what).path);
    EXPECT_TRUE(std::holds_alternative<JobFinished>(end().what));
    return pid;
  };
  const pid_t first = pid_of_leaking();
  EXPECT_EQ(pid_of_leaking(), first) << "200 MiB are within the limit";
  EXPECT_EQ(pid_of_leaking(), first);
  const pid_t second = pid_of_leaking();
  EXPECT_NE(second, first) << "300 MiB are not";
  EXPECT_EQ(::kill(first, 0), -1) << "it is gone";
  EXPECT_EQ(pid_of_leaking(), second) << "the count begins anew";
}

TEST_F(LocalRunnerTest, AWorkerWhoseHeapGrowsIsReplaced) {
  std::set<std::string> workers;
  for (int i = 0; i < 25; ++i) {
    start("grow");
    workers.insert(next_preview().path);
    EXPECT_TRUE(std::holds_alternative<JobFinished>(end().what));
  }
  EXPECT_EQ(workers.size(), 2u) << "after 24 jobs";
}

/// Nothing new is given to a worker that left too much; another one takes its place once its lanes are idle.
TEST_F(LocalRunnerTest, AWorkerIsReplacedBetweenTheJobsOfAllItsLanes) {
  for (int i = 0; i < 2; ++i) {
    start("leak");
    end();
  }
  const Attempt decoding = start("leak and wait", "cpu:0", Part::kDecode);
  const pid_t first = std::stoi(next_preview().path);
  const Attempt waiting = start("leak");
  runner_->cancel(decoding);
  EXPECT_EQ(end().attempt, decoding.id);
  EXPECT_NE(std::stoi(next_preview().path), first);
  EXPECT_EQ(end().attempt, waiting.id);
}

TEST_F(LocalRunnerTest, AnAttemptThatWaitsForAnotherWorkerMayBeCancelled) {
  for (int i = 0; i < 2; ++i) {
    start("leak");
    end();
  }
  const Attempt decoding = start("leak and wait", "cpu:0", Part::kDecode);
  next_preview();
  const Attempt waiting = start("leak");
  runner_->cancel(waiting);
  EXPECT_EQ(end().attempt, waiting.id);
  runner_->cancel(decoding);
  EXPECT_EQ(end().attempt, decoding.id);
  expect_finishes();
}

TEST_F(LocalRunnerTest, WhatAWorkerStartedIsNotForeign) {
  const std::string script = fmt::format("sleep 1000 & exec {} \"$@\"", CLIPMILL_FAKE_WORKER);
  const WorkerCommand worker{"/bin/sh", {"-c", script, "sh"}};
  runner_.emplace(std::vector<std::string>{"cuda:0"}, WorkerCommands{worker, worker}, clock_,
                  LocalRunnerOptions{.nvml = CLIPMILL_FAKE_NVML});
  const std::int64_t before = runner_->foreign_bytes("cuda:0");
  const auto below = descendants(start_waiting("cuda:0"));
  ASSERT_EQ(below.size(), 1u);
  ::setenv("CLIPMILL_FAKE_NVML_PID", std::to_string(below.front()).c_str(), 1);
  EXPECT_EQ(runner_->foreign_bytes("cuda:0"), before - (std::int64_t{5} << 30));
  ::unsetenv("CLIPMILL_FAKE_NVML_PID");
  ::kill(below.front(), SIGKILL);
}

TEST_F(LocalRunnerTest, ADeviceThatItsWorkerRefusesIsGivenUpAtOnce) {
  make({"--at-start", "refuse"});
  const JobFailed first = failure_of("finish");
  EXPECT_EQ(first.kind, ErrorKind::kDevice) << "another device may do";
  const JobFailed last = failure_of("finish");
  EXPECT_EQ(last.kind, ErrorKind::kInput) << "there is none, and nothing will change";
  for (const JobFailed& failed : {first, last}) {
    EXPECT_EQ(failed.message, "no such GPU");
    EXPECT_EQ(failed.hint, "take another");
  }
}

TEST_F(LocalRunnerTest, AGivenUpDeviceTakesNoWorkFromOthers) {
  // A worker for cpu:1 alone: the shell looks at the last argument.
  const std::string script = fmt::format(
      "for device; do :; done; [ \"$device\" = cpu:1 ] && exec {} \"$@\"; exit 1", CLIPMILL_FAKE_WORKER);
  use(WorkerCommand{"/bin/sh", {"-c", script, "sh"}}, {"cpu:0", "cpu:1"});
  failure_of("finish");
  failure_of("finish");
  EXPECT_FALSE(runner_->available("cpu:0"));
  EXPECT_TRUE(runner_->available("cpu:1"));
  start("finish", "cpu:1");
  EXPECT_TRUE(std::holds_alternative<JobFinished>(end().what));
}

TEST_F(LocalRunnerTest, DevicesWorkSideBySide) {
  make({}, {"cpu:0", "cpu:1"});
  const pid_t first = start_waiting("cpu:0");
  const pid_t second = start_waiting("cpu:1");
  EXPECT_NE(first, second);
  cancel_all();
  std::vector<std::string> ended = {end().device, end().device};
  EXPECT_THAT(ended, testing::UnorderedElementsAre("cpu:0", "cpu:1"));
}

TEST_F(LocalRunnerTest, CancelEndsTheAttempt) {
  start_waiting();
  cancel_all();
  EXPECT_EQ(failure().kind, ErrorKind::kCancelled);
  expect_finishes();
}

TEST_F(LocalRunnerTest, AnInterruptWakesTheWaitOnce) {
  start_waiting();
  ASSERT_EQ(::eventfd_write(interrupt_, 1), 0);
  runner_->wait(60);
  EXPECT_FALSE(runner_->next_event());
  EXPECT_EQ(::poll(std::vector<pollfd>{{interrupt_, POLLIN, 0}}.data(), 1, 0), 0) << "not read empty";
  cancel_all();
  EXPECT_EQ(failure().kind, ErrorKind::kCancelled);
}

TEST_F(LocalRunnerTest, WorkersAreOutOfReachOfTheTerminal) {
  const pid_t worker = start_waiting();
  EXPECT_EQ(::getpgid(worker), worker);
}

TEST_F(LocalRunnerTest, EndsWorkersThatDoNotListen) {
  start("hang");
  next();
  runner_.reset();  // returns, and leaves no child
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(LocalRunnerTest, RefusesASecondAttemptOnABusyDevice) {
  start_waiting();
  EXPECT_THROW(start("finish"), Error);
  EXPECT_THROW(start("finish", "cuda:7"), Error);
}

/// Whether the process has ended, or does so within a minute; it need not be our child.
bool ends(pid_t pid) {
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (process < 0) return errno == ESRCH;
  pollfd wanted{process, POLLIN, 0};
  const bool ended = ::poll(&wanted, 1, 60'000) == 1;
  ::close(process);
  return ended;
}

TEST_F(LocalRunnerTest, WorkersEndWithAProgramThatWasKilled) {
  runner_.reset();
  int ends_of_pipe[2];
  ASSERT_EQ(::pipe(ends_of_pipe), 0);
  const pid_t program = ::fork();
  if (program == 0) {
    make({});
    const pid_t worker = start_waiting();
    [[maybe_unused]] const auto told = ::write(ends_of_pipe[1], &worker, sizeof worker);
    ::raise(SIGKILL);
  }
  pid_t worker = 0;
  ASSERT_EQ(::read(ends_of_pipe[0], &worker, sizeof worker), static_cast<ssize_t>(sizeof worker));
  ::waitpid(program, nullptr, 0);
  EXPECT_TRUE(ends(worker));
  ::close(ends_of_pipe[0]);
  ::close(ends_of_pipe[1]);
}

}  // namespace
}  // namespace clipmill
