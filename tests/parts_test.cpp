// The worker program over its link: clips in parts, by several processes, and after kill -9: the same bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <map>

#include "fleet/worker_process.h"
#include "link/messages.h"
#include "program.h"

namespace clipmill {
namespace {

using Ending = std::variant<JobFinished, JobFailed>;

/// One process of clipmill-worker. The only child of this test while it lives.
class TestWorker {
 public:
  explicit TestWorker(std::vector<std::string> arguments)
      : process_({kBuild / "clipmill-worker", std::move(arguments)}, "cpu:0", true) {}

  void give(const Attempt& attempt) { send(link::RunJob{attempt}); }
  void cancel(AttemptId attempt) { send(link::Cancel{attempt}); }
  void kill() const {
    std::ifstream children("/proc/self/task/" + std::to_string(::gettid()) + "/children");
    pid_t pid = 0;
    children >> pid;
    ASSERT_GT(pid, 0);
    ::kill(pid, SIGKILL);
  }

  /// Until all of `count` attempts are over, or `watch` says that this is enough.
  std::map<AttemptId, Ending> run(std::size_t count, const std::function<bool(const Event&)>& watch = {}) {
    std::map<AttemptId, Ending> endings;
    while (endings.size() < count) {
      const auto text = process_.connection().receive();
      if (!text) break;
      const auto message = link::decode_from_worker(*text);
      heartbeats_ += std::holds_alternative<link::Heartbeat>(message);
      const auto* event = std::get_if<Event>(&message);
      if (!event) continue;
      if (watch && watch(*event)) break;
      if (const auto* finished = std::get_if<JobFinished>(&event->what))
        endings.emplace(event->attempt, *finished);
      if (const auto* failed = std::get_if<JobFailed>(&event->what)) endings.emplace(event->attempt, *failed);
    }
    return endings;
  }
  int heartbeats() const { return heartbeats_; }

 private:
  void send(const link::ToWorker& message) { process_.connection().send(link::encode(message)); }

  WorkerProcess process_;
  int heartbeats_ = 0;
};

class Parts : public testing::Test {
 protected:
  Attempt attempt(AttemptId id, Part part, const std::string& name, std::uint64_t seed = 0) const {
    JobSpec job;
    job.model = kSource / "models/shapes";
    job.clip.prompt = "a red circle moving left on a black background";
    job.clip.width = job.clip.height = 64;
    job.clip.frames = 17;
    job.clip.steps = 6;
    job.clip.guidance = 2;
    job.clip.max_text_tokens = 32;
    job.clip.seed = seed;
    job.output = folder_ / name / "clip.mp4";  // whose name is in its metadata
    return {id, id, "cpu:0", job, part, folder_ / (name + ".state")};
  }

  static std::vector<std::string> arguments() { return {"--threads", "1", "--state-seconds", "0"}; }

  void expect_done(const Attempt& attempt) const {
    TestWorker worker(arguments());
    worker.give(attempt);
    const auto endings = worker.run(1);
    ASSERT_TRUE(endings.contains(attempt.id));
    EXPECT_TRUE(std::holds_alternative<JobFinished>(endings.at(attempt.id)));
    EXPECT_GT(worker.heartbeats(), 0);
  }
  std::string clip(const std::string& name) const { return content_of(folder_ / name / "clip.mp4"); }

  const TemporaryFolder folder_;
};

TEST_F(Parts, DenoisedByOneProcessAndDecodedByAnother) {
  expect_done(attempt(1, Part::kWhole, "whole"));
  expect_done(attempt(2, Part::kDenoise, "parts"));
  EXPECT_FALSE(fs::exists(folder_ / "parts/clip.mp4"));
  expect_done(attempt(3, Part::kDecode, "parts"));
  EXPECT_GT(clip("whole").size(), 1000u);
  EXPECT_TRUE(clip("whole") == clip("parts"));
}

TEST_F(Parts, OneProcessDenoisesAndDecodesAtOnce) {
  expect_done(attempt(1, Part::kWhole, "whole", 1));
  expect_done(attempt(2, Part::kWhole, "next", 2));
  TestWorker worker(arguments());
  worker.give(attempt(3, Part::kDenoise, "first", 1));
  worker.run(1);
  worker.give(attempt(4, Part::kDenoise, "second", 2));
  worker.give(attempt(5, Part::kDecode, "first", 1));
  worker.run(2);
  worker.give(attempt(6, Part::kDecode, "second", 2));
  worker.run(1);
  EXPECT_TRUE(clip("first") == clip("whole"));
  EXPECT_TRUE(clip("second") == clip("next"));
}

TEST_F(Parts, KilledAgainAndAgainAndGoneOnWith) {
  const auto long_attempt = [&](AttemptId id, const std::string& name) {
    Attempt whole = attempt(id, Part::kWhole, name);
    whole.spec.clip.steps = 32;  // so that the end is far when a kill comes late
    return whole;
  };
  expect_done(long_attempt(1, "straight"));
  AttemptId id = 2;
  for (const int step : {1, 2, 7, 12, 20}) {
    TestWorker worker(arguments());
    worker.give(long_attempt(++id, "killed"));
    int first = 0;
    worker.run(1, [&](const Event& event) {
      const auto* progress = std::get_if<StageProgress>(&event.what);
      if (!progress || progress->stage != Stage::kDenoise) return false;
      if (first == 0) first = progress->done;
      return progress->done >= step;
    });
    worker.kill();
    EXPECT_EQ(first > 1, step > 1) << "it began with step " << first;
  }
  expect_done(long_attempt(++id, "killed"));
  EXPECT_TRUE(clip("killed") == clip("straight"));
}

TEST_F(Parts, CancelledBetweenStepsAndGoneOnWith) {
  expect_done(attempt(1, Part::kWhole, "whole"));
  {
    TestWorker worker(arguments());
    worker.give(attempt(2, Part::kWhole, "resumed"));
    worker.cancel(1);
    worker.cancel(2);
    const auto endings = worker.run(1);
    EXPECT_EQ(std::get<JobFailed>(endings.at(2)).kind, ErrorKind::kCancelled);
  }
  expect_done(attempt(3, Part::kWhole, "resumed"));
  EXPECT_TRUE(clip("resumed") == clip("whole"));
}

}  // namespace
}  // namespace clipmill
