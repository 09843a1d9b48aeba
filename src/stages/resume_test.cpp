// Clips that are broken off and gone on with, and clips made in parts: the same bytes as made at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <mutex>

#include "base/atomic_file.h"
#include "model/golden.h"
#include "stages/clip_runner.h"
#include "stages/testing/small_clip.h"
#include "stages/thread_scope.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;

struct ResumeCase {
  const char* model;
  const char* sampler;
  Precision precision;
};

class ResumedClip : public testing::TestWithParam<ResumeCase> {
 protected:
  ResumedClip() { settings_.threads = 1; }
  ~ResumedClip() override { fs::remove_all(folder_); }

  JobSpec job(const std::string& name) const {  // in a folder of its own: a file's name is in its metadata
    JobSpec job = test::small_clip(GetParam().model, folder_ / name, /*frames=*/5, kSteps, /*guidance=*/2);
    job.clip.sampler = GetParam().sampler;
    job.clip.precision = GetParam().precision;
    return job;
  }

  /// By a worker of its own; told to stop once it has reported `last_step` or a later one.
  void run(const JobSpec& job, Part part, int last_step = 0) {
    StopFlag stop;
    const Report report = [&](const EventPayload& what) {
      const std::lock_guard lock(mutex_);
      if (const auto* stage = std::get_if<StageStarted>(&what)) started_.push_back(stage->stage);
      if (const auto* notice = std::get_if<Notice>(&what)) notices_.push_back(notice->text);
      if (const auto* progress = std::get_if<StageProgress>(&what);
          progress && last_step > 0 && progress->stage == Stage::kDenoise && progress->done >= last_step)
        stop.set();
    };
    started_.clear();
    notices_.clear();
    ClipRunner().run(job, {*device_, settings_, clock_, report, stop, part, state_});
  }

  std::string latents(const JobSpec& job) const {
    return read_file(fs::path(job.save_tensors) / "latents.safetensors");
  }

  /// What the clip is when nothing happens.
  JobSpec straight() {
    const JobSpec whole = job("straight");
    const std::string file = std::exchange(state_, "");
    run(whole, Part::kWhole);
    state_ = file;
    return whole;
  }

  static constexpr int kSteps = 5;
  const fs::path folder_ = fs::temp_directory_path() / ("clipmill-resume-" + std::to_string(::getpid()));
  std::string state_ = folder_ / "clip.state";
  const std::unique_ptr<Device> device_ = open_device("cpu:0");
  const ThreadScope one_thread_{1};
  WorkerSettings settings_;
  const SystemClock clock_;
  std::mutex mutex_;
  std::vector<Stage> started_;
  std::vector<std::string> notices_;
};

TEST_P(ResumedClip, EndsInTheSameBytesWhereverItWasBrokenOff) {
  const JobSpec whole = straight();
  settings_.state_seconds = 1e9;  // what is saved, is saved because it was told to stop
  for (int step = 1; step < kSteps; ++step) {
    SCOPED_TRACE(step);
    fs::remove(state_);
    const JobSpec resumed = job("resumed");
    EXPECT_THROW(run(resumed, Part::kWhole, step), Error);
    run(resumed, Part::kWhole);
    EXPECT_THAT(notices_, testing::ElementsAre(fmt::format("goes on after step {} of {}", step + 1, kSteps)));
    EXPECT_TRUE(latents(resumed) == latents(whole));
    EXPECT_TRUE(read_file(resumed.output) == read_file(whole.output));
  }
}

TEST_P(ResumedClip, EndsInTheSameBytesBrokenOffAgainAndAgain) {
  const JobSpec whole = straight(), resumed = job("resumed");
  settings_.state_seconds = 0;
  int attempts = 1;
  const auto broken_off = [&] {
    try {
      run(resumed, Part::kWhole, 1);
      return false;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
      return true;
    }
  };
  while (broken_off()) ASSERT_LE(++attempts, kSteps + 1);
  EXPECT_EQ(attempts, 4);  // two steps, two steps, one step, decoding
  EXPECT_TRUE(read_file(resumed.output) == read_file(whole.output));
}

TEST_P(ResumedClip, PartsOfTwoWorkersMakeTheSameClip) {
  const JobSpec whole = straight(), parts = job("parts");
  run(parts, Part::kDenoise);
  EXPECT_FALSE(fs::exists(parts.output));
  run(parts, Part::kDecode);
  EXPECT_THAT(started_, testing::Not(Contains(Stage::kEncodeText)));
  EXPECT_THAT(started_, testing::Not(Contains(Stage::kDenoise)));
  EXPECT_TRUE(read_file(parts.output) == read_file(whole.output));
}

INSTANTIATE_TEST_SUITE_P(Models, ResumedClip,
                         testing::Values(ResumeCase{"wan21", "unipc", Precision::kFp32},
                                         ResumeCase{"wan21", "euler", Precision::kFp32},
                                         ResumeCase{"wan21", "euler", Precision::kBf16},
                                         ResumeCase{"two_transformers", "unipc", Precision::kFp32},
                                         ResumeCase{"two_transformers", "euler", Precision::kFp32}));

class OneResumedClip : public ResumedClip {};

TEST_P(OneResumedClip, AFinishedStateGoesStraightToDecoding) {
  const JobSpec whole = straight(), parts = job("parts");
  run(parts, Part::kDenoise);
  run(parts, Part::kWhole);
  EXPECT_THAT(started_, testing::Not(Contains(Stage::kEncodeText)));
  EXPECT_TRUE(read_file(parts.output) == read_file(whole.output));
}

TEST_P(OneResumedClip, ADamagedOrForeignStateIsToldAndIgnored) {
  const JobSpec whole = straight();
  JobSpec other = job("other");
  other.clip.seed = 1;
  run(other, Part::kDenoise);
  const JobSpec resumed = job("resumed");
  run(resumed, Part::kWhole);
  EXPECT_THAT(notices_, testing::ElementsAre(HasSubstr("another job")));
  EXPECT_TRUE(read_file(resumed.output) == read_file(whole.output));

  std::ofstream(state_) << "torn";
  run(resumed, Part::kWhole);
  EXPECT_THAT(notices_, testing::ElementsAre(HasSubstr("starts over")));
  EXPECT_TRUE(read_file(resumed.output) == read_file(whole.output));
}

TEST_P(OneResumedClip, DecodingWithoutFinishedLatentsIsRefused) {
  const JobSpec parts = job("parts");
  EXPECT_THROW(run(parts, Part::kDecode), Error);
  settings_.state_seconds = 0;
  EXPECT_THROW(run(parts, Part::kDenoise, 2), Error);
  ASSERT_TRUE(fs::exists(state_));
  try {
    run(parts, Part::kDecode);
    FAIL() << "half-denoised latents were decoded";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);  // not the user's fault: denoised again
  }
}

INSTANTIATE_TEST_SUITE_P(OneModel, OneResumedClip,
                         testing::Values(ResumeCase{"wan21", "auto", Precision::kFp32}));

}  // namespace
}  // namespace clipmill
