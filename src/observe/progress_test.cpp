// Into a file, and on a real pseudo-terminal.
#include "observe/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <functional>

#include "observe/columns.h"
#include "observe/progress_text.h"

namespace clipmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::vector<Job> jobs() {
  std::vector<Job> jobs(2);
  jobs[0].id = 1, jobs[0].spec.output = "out/001-a-red-circle.mp4";
  jobs[1].id = 2, jobs[1].spec.output = "out/002-蓝色方块.mp4";
  return jobs;
}

/// One clip that is done, one that fails.
void play(Progress& progress, VirtualClock& clock) {
  const auto tell = [&](JobId job, EventPayload what) { progress.on_event({job, job, "cpu:0", what}); };
  tell(1, JobStarted{});
  clock.advance(1);
  tell(1, StageStarted{Stage::kDenoise});
  clock.advance(1);
  tell(1, StageProgress{Stage::kDenoise, 5, 20});
  tell(1, JobFinished{1, 4.2});
  tell(2, JobStarted{});
  tell(2, JobFailed{ErrorKind::kIo, "disk\nfull \x1b[2J", "free some space"});
}

/// What a progress display writes into a file while `play` runs.
std::string written_to_file(const std::function<void(Progress&, VirtualClock&)>& play) {
  std::FILE* file = std::tmpfile();
  VirtualClock clock;
  {
    Progress progress(jobs(), clock, file);
    play(progress, clock);
  }
  std::rewind(file);
  std::array<char, 1000> text{};
  [[maybe_unused]] const auto size = std::fread(text.data(), 1, text.size() - 1, file);
  std::fclose(file);
  return text.data();
}

TEST(Progress, WritesPlainLinesIntoAFile) {
  EXPECT_EQ(written_to_file(play),
            "[1/2] done 001-a-red-circle.mp4 in 4.20 s\n"
            "[2/2] failed 002-蓝色方块.mp4: disk\n"
            "        full ?[2J\n"
            "        hint: free some space\n");
}

TEST(Progress, ALongClipLeavesALineNowAndThenInAFile) {
  const std::string text = written_to_file([](Progress& progress, VirtualClock& clock) {
    progress.on_event({1, 1, "cpu:0", JobStarted{}});
    progress.on_event({1, 1, "cpu:0", StageStarted{Stage::kDenoise}});
    for (int step = 1; step <= 10; ++step) {
      clock.advance(10);
      progress.on_event({1, 1, "cpu:0", StageProgress{Stage::kDenoise, step, 10}});
    }
    progress.on_event({1, 1, "cpu:0", JobFinished{1, 100}});
    clock.advance(29);
    progress.on_event({2, 2, "cpu:0", JobStarted{}});
    clock.advance(1);
    progress.on_event({2, 2, "cpu:0", StageStarted{Stage::kLoad}});
  });
  EXPECT_EQ(text,
            "cpu:0  001-a-red-circle.mp4  denoise  3/10  1:10 left\n"
            "cpu:0  001-a-red-circle.mp4  denoise  6/10  40 s left\n"
            "cpu:0  001-a-red-circle.mp4  denoise  9/10  10 s left\n"
            "[1/2] done 001-a-red-circle.mp4 in 1:40\n"
            "cpu:0  002-蓝色方块.mp4  load  1:39 left\n");
}

TEST(ProgressText, ShowsTheLossOfATraining) {
  DeviceProgress device{"cpu:0", "mine", Stage::kTrainTransformer, 120, 2000, 65, 0.08512};
  EXPECT_EQ(plain_line(device), "cpu:0  mine  train_transformer  120/2000  loss 0.08512  1:05 left");
  EXPECT_THAT(device_line(device, 100), HasSubstr("120/2000  loss 0.08512     1:05 left"));
  EXPECT_LE(columns(device_line(device, 60)), 60u);
}

/// A pseudo-terminal; what was written to it can be read once.
class Terminal {
 public:
  explicit Terminal(unsigned short width) {
    winsize size{.ws_row = 24, .ws_col = width, .ws_xpixel = 0, .ws_ypixel = 0};
    if (::openpty(&master_, &slave_, nullptr, nullptr, &size) != 0) throw std::runtime_error("no pty");
    file_ = ::fdopen(slave_, "w");
  }
  ~Terminal() {
    if (file_) std::fclose(file_);
    ::close(master_);
  }
  std::FILE* file() const { return file_; }
  /// Ends the session and returns everything written in it.
  std::string text() {
    std::fclose(std::exchange(file_, nullptr));
    std::string text;
    std::array<char, 4096> buffer;
    for (ssize_t size; (size = ::read(master_, buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

 private:
  int master_ = -1, slave_ = -1;
  std::FILE* file_ = nullptr;
};

TEST(Progress, DrawsBarsOnATerminalAndRemovesThem) {
  ::setenv("TERM", "xterm", 1);
  Terminal terminal(100);
  VirtualClock clock;
  {
    Progress progress(jobs(), clock, terminal.file());
    play(progress, clock);
  }
  const std::string text = terminal.text();
  EXPECT_THAT(text, AllOf(HasSubstr("cpu:0  001-a-red-circle.mp4"), HasSubstr("denoise"), HasSubstr("█"),
                          HasSubstr("5/20"), HasSubstr("3 s left"), HasSubstr("1 of 2 done")));
  EXPECT_THAT(text, AllOf(HasSubstr("[1/2] done 001-a-red-circle.mp4"), HasSubstr("[2/2] failed"),
                          Not(HasSubstr("\x1b[2J"))));
  const auto count = [&](std::string_view what) {
    int found = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++found;
    return found;
  };
  // Each bar line that was drawn was erased: newlines beyond those of the four lasting lines.
  EXPECT_EQ(count("\n") - 4, count("\x1b[1A\x1b[2K"));
}

TEST(Progress, ANoticeStandsOnStderrAndTheBarsBelowIt) {
  ::setenv("TERM", "xterm", 1);
  Terminal terminal(100);
  VirtualClock clock;
  testing::internal::CaptureStderr();
  {
    Progress progress(jobs(), clock, terminal.file());
    progress.on_event({1, 1, "cpu:0", JobStarted{}});
    progress.notice("stopping");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "stopping\n");
  const std::string text = terminal.text(), erased = "\x1b[1A\x1b[2K\x1b[1A\x1b[2K";
  EXPECT_THAT(text, testing::EndsWith(erased));
  const std::size_t first = text.find(erased);
  EXPECT_THAT(text.substr(first + erased.size()), HasSubstr("001-a-red-circle.mp4")) << "drawn again";
}

TEST(Progress, RedrawsNoMoreOftenThanTheEyeSees) {
  ::setenv("TERM", "xterm", 1);
  Terminal terminal(100);
  VirtualClock clock;
  {
    Progress progress(jobs(), clock, terminal.file());
    progress.on_event({1, 1, "cpu:0", JobStarted{}});
    for (int i = 1; i <= 100; ++i) progress.on_event({1, 1, "cpu:0", StageProgress{Stage::kDecode, i, 1000}});
    clock.advance(1);
    progress.on_event({1, 1, "cpu:0", StageProgress{Stage::kDecode, 101, 1000}});
  }
  EXPECT_THAT(terminal.text(), AllOf(HasSubstr("101/1000"), Not(HasSubstr(" 50/1000"))));
}

TEST(ProgressText, Bars) {
  EXPECT_EQ(bar(0, 10, 4), "░░░░");
  EXPECT_EQ(bar(5, 10, 4), "██░░");
  EXPECT_EQ(bar(20, 10, 4), "████");
  EXPECT_EQ(bar(0, 0, 4), "░░░░");
}

TEST(ProgressText, TimeLeft) {
  EXPECT_EQ(time_left({}), "");
  EXPECT_EQ(time_left(-3), "0 s left");
  EXPECT_EQ(time_left(14.2), "15 s left");
  EXPECT_EQ(time_left(125), "2:05 left");
  EXPECT_EQ(time_left(3725), "1:02:05 left");
}

TEST(ProgressText, LinesNeverWrap) {
  const DeviceProgress device{
      "cuda:0", "012-一只蓝色的方块在黑色背景上旋转-very-long-name.mp4", Stage::kEncodeVideo, 12, 20, 3725};
  const OverallProgress overall{3, 1, 12, 125};
  for (std::size_t width = 1; width <= 200; ++width) {
    EXPECT_LE(columns(device_line(device, width)), width);
    EXPECT_LE(columns(overall_line(overall, width)), width);
  }
  EXPECT_THAT(overall_line(overall, 80), AllOf(HasSubstr("3 of 12 done, 1 failed"), HasSubstr("2:05 left")));
  EXPECT_THAT(device_line(device, 100), AllOf(HasSubstr("12/20"), HasSubstr("1:02:05 left")));
}

}  // namespace
}  // namespace clipmill
