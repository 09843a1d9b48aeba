#include "stages/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <latch>
#include <set>

#include "base/atomic_file.h"
#include "link/heartbeats.h"
#include "link/testing/linked.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;

/// A worker whose jobs are the test's, and the main program's end of its link.
class WorkerTest : public testing::Test {
 protected:
  WorkerTest() { fs::create_directories(folder_); }
  ~WorkerTest() override {
    ::shutdown(link_.main->fd(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    fs::remove_all(folder_);
  }

  /// Denoising and decoding as the test wants them.
  void start(JobRunner denoise, JobRunner decode) {
    thread_ = std::thread([this, denoise, decode] {
      WorkerSettings settings;
      settings.threads = 1;
      Lane denoise_lane(*device_, settings, {{JobKind::kClip, denoise}}, clock_, *link_.worker);
      Lane decode_lane(*device_, settings, {{JobKind::kClip, decode}}, clock_, *link_.worker);
      Worker(denoise_lane, decode_lane, clock_, *link_.worker).run();
    });
  }

  void tell(const link::ToWorker& message) { link_.main->send(link::encode(message)); }
  void give(AttemptId id, Part part, const std::string& state = "state", double time_limit = 0) {
    Attempt attempt{id, id, "cpu:0", {}, part, folder_ / state};
    attempt.spec.time_limit_seconds = time_limit;
    attempt.spec.output = folder_ / fmt::format("{}.mp4", id);
    tell(link::RunJob{attempt});
  }

  /// Of the next attempt that is over.
  Event next_end() {
    for (;;) {
      const auto message = link::decode_from_worker(link_.main->receive().value());
      const auto* event = std::get_if<Event>(&message);
      if (event && (std::holds_alternative<JobFinished>(event->what) ||
                    std::holds_alternative<JobFailed>(event->what)))
        return *event;
    }
  }

  const fs::path folder_ = fs::temp_directory_path() / ("clipmill-worker-" + std::to_string(::getpid()));
  const std::unique_ptr<Device> device_ = open_device("cpu:0");
  const SystemClock clock_;
  const test::Linked link_ = test::linked();
  std::thread thread_;
};

void write_state(const WorkContext& work) { write_file(work.state_file, "latents"); }
void write_clip(const JobSpec& job) { write_file(job.output, "a clip"); }

/// Works until it is told to stop.
void run_until_stopped(const WorkContext& work) {
  while (true) {
    work.stop.check();
    std::this_thread::yield();
  }
}

TEST_F(WorkerTest, DecodesOneClipWhileItDenoisesAnother) {
  std::latch both(2);  // reached only while both run
  start(
      [&](const JobSpec&, const WorkContext& work) {
        both.arrive_and_wait();
        write_state(work);
      },
      [&](const JobSpec& job, const WorkContext&) {
        both.arrive_and_wait();
        write_clip(job);
      });
  give(1, Part::kDenoise, "of 1");
  give(2, Part::kDecode, "of 2");
  std::set<AttemptId> done;
  for (int i = 0; i < 2; ++i) {
    const Event end = next_end();
    EXPECT_TRUE(std::holds_alternative<JobFinished>(end.what));
    done.insert(end.attempt);
  }
  EXPECT_THAT(done, testing::ElementsAre(1, 2));
}

TEST_F(WorkerTest, CancelEndsTheAttemptItNamesAndNoOther) {
  std::latch running(1), cancelled(1);
  start([&](const JobSpec&, const WorkContext& work) { run_until_stopped(work); },
        [&](const JobSpec& job, const WorkContext& work) {
          running.count_down();
          cancelled.wait();
          work.stop.check();
          write_clip(job);
        });
  give(1, Part::kDenoise);
  give(2, Part::kDecode);
  running.wait();
  tell(link::Cancel{77});
  tell(link::Cancel{1});
  const Event first = next_end();
  EXPECT_EQ(first.attempt, 1);
  EXPECT_EQ(std::get<JobFailed>(first.what).kind, ErrorKind::kCancelled);
  cancelled.count_down();
  const Event second = next_end();
  EXPECT_EQ(second.attempt, 2);
  EXPECT_TRUE(std::holds_alternative<JobFinished>(second.what));
}

TEST_F(WorkerTest, CancelReachesAnAttemptBeforeItsTurn) {
  start([](const JobSpec&, const WorkContext& work) { run_until_stopped(work); }, {});
  give(1, Part::kWhole);
  give(2, Part::kWhole);
  tell(link::Cancel{2});
  tell(link::Cancel{1});
  EXPECT_EQ(next_end().attempt, 1);
  EXPECT_EQ(next_end().attempt, 2);
}

TEST_F(WorkerTest, ATimeLimitEndsTheAttemptThatHasIt) {
  start([](const JobSpec&, const WorkContext& work) { run_until_stopped(work); },
        [](const JobSpec& job, const WorkContext&) { write_clip(job); });
  give(1, Part::kWhole, "state", 0.01);
  const auto failure = std::get<JobFailed>(next_end().what);
  EXPECT_EQ(failure.kind, ErrorKind::kInput) << "and is not tried again";
  EXPECT_THAT(failure.message, testing::HasSubstr("time limit of 0.01"));
  give(2, Part::kDecode, "state", 1000);
  EXPECT_TRUE(std::holds_alternative<JobFinished>(next_end().what));
}

TEST_F(WorkerTest, TheStateGoesWithTheClipAndStaysWithThePart) {
  const fs::path state = folder_ / "state";
  start([](const JobSpec&, const WorkContext& work) { write_state(work); },
        [](const JobSpec& job, const WorkContext& work) {
          write_clip(job);
          if (job.output.ends_with("3.mp4")) throw Error(ErrorKind::kIo, "disk full");
          EXPECT_EQ(work.part, Part::kDecode);
        });
  give(1, Part::kDenoise);
  EXPECT_EQ(std::get<JobFinished>(next_end().what).output_bytes, 7);
  EXPECT_TRUE(fs::exists(state));
  give(3, Part::kDecode);
  EXPECT_EQ(std::get<JobFailed>(next_end().what).kind, ErrorKind::kIo);
  EXPECT_TRUE(fs::exists(state));
  give(2, Part::kDecode);
  EXPECT_EQ(std::get<JobFinished>(next_end().what).output_bytes, 6);
  give(4, Part::kDecode);  // its turn comes after the state of 2 went
  next_end();
  EXPECT_FALSE(fs::exists(state));
}

TEST_F(WorkerTest, EndsWithTheMainProgramWhateverRuns) {
  start([](const JobSpec&, const WorkContext& work) { run_until_stopped(work); },
        [](const JobSpec&, const WorkContext& work) { run_until_stopped(work); });
  give(1, Part::kDenoise);
  give(2, Part::kDecode);
  ::shutdown(link_.main->fd(), SHUT_RDWR);
  thread_.join();
}

TEST_F(WorkerTest, IsHeardOfWhileItWorks) {
  const Heartbeats heartbeats(*link_.worker, 0.001);
  for (int i = 0; i < 3; ++i) {
    const auto message = link::decode_from_worker(link_.main->receive().value());
    EXPECT_TRUE(std::holds_alternative<link::Heartbeat>(message));
  }
}

}  // namespace
}  // namespace clipmill
