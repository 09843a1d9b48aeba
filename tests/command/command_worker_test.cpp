// The real clipmill-command runs real programs: good ones, failing ones, greedy ones, endless ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "command_rig.h"

namespace clipmill {
namespace {

using test::CommandRig;
using test::runs;
using test::wait_until;
using testing::AllOf;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

/// The parent of a process, as /proc tells it.
pid_t parent_of(pid_t pid) {
  const std::string line = read_file("/proc/" + std::to_string(pid) + "/stat");
  return std::stoi(line.substr(line.rfind(')') + 4));
}

TEST(CommandWorker, MakesAClip) {
  CommandRig rig;
  ASSERT_TRUE(rig.succeeds(rig.shell("echo said; printf %s \"$CLIPMILL_PROMPT\" > \"$1\"")));
  EXPECT_EQ(rig.text("clip.mp4"), "a 'red' circle");
  EXPECT_EQ(rig.text("clip.mp4.log"), "said\n");
  EXPECT_THAT(rig.files(), UnorderedElementsAre("clip.mp4", "clip.mp4.log"));
  EXPECT_EQ(rig.all<JobFinished>().at(0).output_bytes, 14);
  EXPECT_EQ(rig.all<StageStarted>().at(0).stage, Stage::kCommand);
  EXPECT_EQ(rig.all<StageFinished>().at(0).stage, Stage::kCommand);
}

TEST(CommandWorker, RunsOneAfterTheOther) {
  CommandRig rig;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(rig.succeeds(rig.shell("echo x > \"$1\"")));
}

TEST(CommandWorker, HandsOverTheDeviceAndTheUsersVariables) {
  for (const auto& [device, visible] : {std::pair<std::string, std::string>{"cuda:3", "3"}, {"cpu:0", ""}}) {
    CommandRig rig(device);
    JobSpec job = rig.shell("echo \"[$CUDA_VISIBLE_DEVICES] $CLIPMILL_DEVICE $MINE\" > \"$1\"");
    job.command.variables = {"MINE=seed {seed} = 1"};
    ASSERT_TRUE(rig.succeeds(job));
    EXPECT_EQ(rig.text("clip.mp4"), "[" + visible + "] " + device + " seed 0 = 1\n");
  }
}

TEST(CommandWorker, TellsProgressOfBarsAndLines) {
  CommandRig rig;
  JobSpec job = rig.shell(
      "printf ' 25%%|## | 1/4 [00:01<00:03]\\r'; sleep 0.3; echo step 2/4; sleep 0.3; "
      "printf '4/4\\n'; echo x > \"$1\"");
  ASSERT_TRUE(rig.succeeds(job));
  const auto progress = rig.all<StageProgress>();
  ASSERT_FALSE(progress.empty());
  EXPECT_EQ(progress.back().done, 4);
  EXPECT_EQ(progress.back().total, 4);
}

TEST(CommandWorker, AFailureHasEvidence) {
  CommandRig rig;
  const JobFailed failure = rig.failure_of(rig.shell("echo half > \"$1\"; echo 'no such model' >&2; exit 3"));
  EXPECT_EQ(failure.kind, ErrorKind::kInput);
  EXPECT_THAT(failure.message, AllOf(HasSubstr("sh: exit status 3"), HasSubstr("no such model")));
  EXPECT_THAT(rig.files(), UnorderedElementsAre("clip.mp4.log"));
}

TEST(CommandWorker, AProgramThatIsNotThere) {
  CommandRig rig;
  const JobFailed failure = rig.failure_of(rig.words({"no-such-program"}));
  EXPECT_EQ(failure.kind, ErrorKind::kInput);
  EXPECT_THAT(failure.message, HasSubstr("cannot run no-such-program: No such file"));
}

TEST(CommandWorker, AWorkingFolderThatIsNotThere) {
  CommandRig rig;
  JobSpec job = rig.shell("echo x > \"$1\"");
  job.command.working_folder = rig.folder / "none";
  EXPECT_THAT(rig.failure_of(job).message, HasSubstr("working_folder: there is no folder"));
}

TEST(CommandWorker, WordsReachTheProgramUntouched) {
  CommandRig rig;
  const std::string script = "import sys; open(sys.argv[1], 'w').write(repr(sys.argv[2:]))";
  ASSERT_TRUE(rig.succeeds(rig.words(
      {"python3", "-c", script, "{output}", "", "--", "--grace", "[a,b]", "$HOME 'x'", "{prompt}"})));
  EXPECT_EQ(rig.text("clip.mp4"), R"(['', '--', '--grace', '[a,b]', "$HOME 'x'", "a 'red' circle"])");
}

TEST(CommandWorker, OverItsBudgetItIsKilled) {
  CommandRig rig;
  JobSpec job = rig.python("import time; held = bytearray(300 << 20); time.sleep(1000)");
  job.command.memory_bytes = 100 << 20;
  const JobFailed failure = rig.failure_of(job);
  EXPECT_EQ(failure.kind, ErrorKind::kOutOfMemory);
  EXPECT_THAT(failure.message, AllOf(HasSubstr("MiB of memory"), HasSubstr("100.0 MiB are allowed")));
}

TEST(CommandWorker, MemoryOfItsChildrenCounts) {
  CommandRig rig;
  JobSpec job = rig.shell("python3 -c 'import time; held = bytearray(300 << 20); time.sleep(1000)' & wait");
  job.command.memory_bytes = 100 << 20;
  EXPECT_EQ(rig.failure_of(job).kind, ErrorKind::kOutOfMemory);
}

TEST(CommandWorker, ThePeakIsMeasured) {
  CommandRig rig;
  ASSERT_TRUE(rig.succeeds(rig.python(
      "import sys, time; held = bytearray(200 << 20); time.sleep(2); open(sys.argv[1], 'w').write('x')")));
  EXPECT_GT(rig.all<StageFinished>().at(0).peak_bytes, 200 << 20);
}

TEST(CommandWorker, ATimeLimitEndsEvenWhatDoesNotListen) {
  CommandRig rig;
  JobSpec job = rig.shell("trap '' TERM; echo $$ > pid; while :; do sleep 0.1; done");
  job.time_limit_seconds = 0.5;
  const JobFailed failure = rig.failure_of(job);
  EXPECT_EQ(failure.kind, ErrorKind::kInput);
  EXPECT_THAT(failure.message, HasSubstr("time limit of 0.5"));
  EXPECT_FALSE(runs(rig.pid_in("pid")));
}

TEST(CommandWorker, CancelLetsItCleanUp) {
  CommandRig rig;
  rig.start(rig.shell("trap 'echo x > cleaned; exit 1' TERM; echo $$ > pid; while :; do sleep 0.05; done"));
  const pid_t pid = rig.pid_in("pid");
  rig.send(link::Cancel{rig.attempt});
  rig.collect();
  EXPECT_EQ(rig.all<JobFailed>().at(0).kind, ErrorKind::kCancelled);
  EXPECT_FALSE(runs(pid));
  EXPECT_TRUE(std::filesystem::exists(rig.folder / "cleaned"));
}

TEST(CommandWorker, CancelOfAnotherAttemptIsNoneOfItsBusiness) {
  CommandRig rig;
  rig.start(rig.shell("echo $$ > pid; sleep 0.3; echo x > \"$1\""));
  rig.pid_in("pid");
  rig.send(link::Cancel{rig.attempt + 1});
  rig.collect();
  EXPECT_EQ(rig.all<JobFinished>().size(), 1u);
}

TEST(CommandWorker, WhatLingersIsEnded) {
  CommandRig rig;
  ASSERT_TRUE(
      rig.succeeds(rig.shell("setsid sh -c 'echo $$ > pid; exec sleep 1000' & "
                             "while ! [ -s pid ]; do sleep 0.01; done; echo x > \"$1\"")));
  EXPECT_FALSE(runs(rig.pid_in("pid")));
}

TEST(CommandWorker, AnOutputThatIsNone) {
  CommandRig rig;
  std::ofstream(rig.folder / "clip.mp4") << "from an earlier run";
  EXPECT_THAT(rig.failure_of(rig.shell("true")).message, HasSubstr("wrote no output"));
  EXPECT_THAT(rig.failure_of(rig.shell(": > \"$1\"")).message, HasSubstr("its output is empty"));
  EXPECT_THAT(rig.failure_of(rig.shell("ln -s clip.mp4.log \"$1\"")).message, HasSubstr("no plain file"));
  EXPECT_THAT(rig.failure_of(rig.shell("mkdir \"$1\"")).message, HasSubstr("no plain file"));
  EXPECT_EQ(rig.text("clip.mp4"), "from an earlier run");
}

TEST(CommandWorker, BinaryOutputBreaksNothing) {
  CommandRig rig;
  const JobFailed failure = rig.failure_of(rig.shell("head -c 1000000 /dev/urandom; exit 1"));
  EXPECT_THAT(failure.message, HasSubstr("exit status 1"));
  EXPECT_EQ(std::filesystem::file_size(rig.folder / "clip.mp4.log"), 1'000'000u);
}

TEST(CommandWorker, OutOfGpuMemoryIsCalledSo) {
  CommandRig rig;
  const JobFailed failure = rig.failure_of(
      rig.shell("echo 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB'; exit 1"));
  EXPECT_EQ(failure.kind, ErrorKind::kOutOfMemory);
  EXPECT_EQ(rig.failure_of(rig.shell("exit 75")).kind, ErrorKind::kIo);
  EXPECT_EQ(rig.failure_of(rig.shell("kill -SEGV $$")).kind, ErrorKind::kWorker);
}

/// A program that does not listen, and a child of its that moved to a session of its own.
constexpr const char* kStubborn =
    "trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ > child; while :; do sleep 0.1; done' & "
    "echo $$ > pid; echo $PPID > guard; while :; do sleep 0.1; done";

constexpr const char* kHours = "10000";  ///< of grace

TEST(CommandWorker, AKilledWorkerLeavesNoOrphan) {
  CommandRig rig("cpu:0", kHours);
  rig.start(rig.shell(kStubborn));
  const pid_t pid = rig.pid_in("pid"), child = rig.pid_in("child"), guard = rig.pid_in("guard");
  ::kill(parent_of(guard), SIGKILL);
  wait_until([&] { return !runs(pid) && !runs(child) && !runs(guard); });
}

TEST(CommandWorker, AtWhateverMomentItIsKilledNothingIsLeft) {
  for (int milliseconds = 0; milliseconds < 30; ++milliseconds) {
    CommandRig rig;
    const std::string mark = "MARK=" + rig.folder.string();
    JobSpec job = rig.shell("setsid sleep 1000 & sleep 1000 & sleep 1000");
    job.command.variables = {mark};
    rig.start(job);
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    ::kill(test::only_child(), SIGKILL);
    rig.worker().wait_for_end();
    wait_until([&] { return test::processes_with(mark).empty(); });
    EXPECT_FALSE(std::filesystem::exists(job.output));
  }
}

TEST(CommandWorker, TheEndOfTheLinkEndsAll) {
  CommandRig rig("cpu:0", kHours);
  rig.start(rig.shell(kStubborn));
  const pid_t pid = rig.pid_in("pid"), child = rig.pid_in("child");
  rig.worker().hang_up();
  rig.worker().wait_for_end();
  EXPECT_FALSE(rig.worker().killed());
  wait_until([&] { return !runs(pid) && !runs(child); });
}

TEST(CommandWorker, AKilledGuardIsAFailureAndLeavesNoOrphan) {
  CommandRig rig;
  rig.start(rig.shell(kStubborn));
  const pid_t pid = rig.pid_in("pid"), child = rig.pid_in("child");
  ::kill(rig.pid_in("guard"), SIGKILL);
  rig.collect();
  EXPECT_EQ(rig.all<JobFailed>().at(0).kind, ErrorKind::kWorker);
  EXPECT_FALSE(runs(pid));
  EXPECT_FALSE(runs(child));
  EXPECT_TRUE(rig.succeeds(rig.shell("echo x > \"$1\"")));
}

TEST(CommandWorker, TracemallocNamesTheLineThatGrew) {
  CommandRig rig;
  std::ofstream(rig.folder / "sitecustomize.py") << "print('the own one ran')\n";
  std::ofstream(rig.folder / "make.py") << "import sys\nheld = [bytes(1000) for _ in range(5000)]\n"
                                           "open(sys.argv[1], 'w').write('x')\n";
  JobSpec job = rig.words({"python3", "make.py", "{output}"});
  job.command.variables = {"PYTHONPATH=" + rig.folder.string()};
  job.command.tracemalloc = 3;
  ASSERT_TRUE(rig.succeeds(job));
  EXPECT_THAT(rig.text("clip.mp4.tracemalloc.txt"), HasSubstr("make.py:2"));
  EXPECT_THAT(rig.text("clip.mp4.log"), HasSubstr("the own one ran"));
}

}  // namespace
}  // namespace clipmill
