#include "stages/denoise_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/atomic_file.h"
#include "base/error.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;

class DenoiseStateFile : public testing::Test {
 protected:
  ~DenoiseStateFile() override { fs::remove_all(folder_); }

  std::string error_of_reading(const std::string& fingerprint = "0123") const try {
    read_denoise_state(file_, fingerprint);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }

  const fs::path folder_ =
      fs::temp_directory_path() / ("clipmill-denoise-state-" + std::to_string(::getpid()));
  const fs::path file_ = folder_ / "clip.state";
  const DenoiseState state_{3,
                            at::randn({1, 2, 1, 2, 2}).to(at::kBFloat16),
                            {{"m.0", at::randn({1, 2, 1, 2, 2})}, {"last_sample", at::randn({3})}},
                            2};
};

TEST_F(DenoiseStateFile, ComesBackToTheBit) {
  save_denoise_state(file_, state_, "0123");
  const DenoiseState read = read_denoise_state(file_, "0123");
  EXPECT_EQ(read.step, 3);
  EXPECT_EQ(read.threads, 2);
  EXPECT_EQ(read.latents.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(at::equal(read.latents, state_.latents));
  ASSERT_EQ(read.history.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read.history[i].first, state_.history[i].first);
    EXPECT_TRUE(at::equal(read.history[i].second, state_.history[i].second));
  }
}

TEST_F(DenoiseStateFile, OfAnotherJobIsRefused) {
  save_denoise_state(file_, state_, "0123");
  EXPECT_THAT(error_of_reading("4567"), testing::HasSubstr("another job"));
}

TEST_F(DenoiseStateFile, OtherTensorsAreRefused) {
  save_tensors(file_, {{"latents", state_.latents}}, {});
  EXPECT_THAT(error_of_reading(), testing::HasSubstr("clip.state"));
}

TEST_F(DenoiseStateFile, CutShortAnywhereIsRefused) {
  save_denoise_state(file_, state_, "0123");
  const std::string whole = read_file(file_);
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    std::ofstream(file_, std::ios::binary) << whole.substr(0, size);
    EXPECT_NE(error_of_reading(), "") << size << " bytes";
  }
}

/// Of the tensors, any bit; of the header, what says something (JSON has spaces that say nothing).
TEST_F(DenoiseStateFile, AFlippedBitIsSeen) {
  save_denoise_state(file_, state_, "0123");
  const std::string whole = read_file(file_);
  for (std::size_t at = whole.rfind('}') + 8; at < whole.size(); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 1 << at % 8);
    std::ofstream(file_, std::ios::binary) << flipped;
    EXPECT_THAT(error_of_reading(), testing::HasSubstr("damaged")) << "byte " << at;
  }
  std::string other_step = whole;
  other_step.replace(whole.find("\"step\":\"3\""), 10, "\"step\":\"2\"");
  std::ofstream(file_, std::ios::binary) << other_step;
  EXPECT_THAT(error_of_reading(), testing::HasSubstr("damaged"));
}

JobSpec some_clip() {
  JobSpec job;
  job.model = "m";
  job.output = "a.mp4";
  job.clip.prompt = "a circle";
  return job;
}

TEST(JobFingerprint, IgnoresWhereResultsGoAndWhenItIsMade) {
  JobSpec job = some_clip();
  const std::string before = fingerprint_of(job);
  job.output = "b.mp4";
  job.poster = "p.jpg";
  job.save_tensors = "t";
  job.priority = 7;
  job.preview_every = 3;
  EXPECT_EQ(fingerprint_of(job), before);
}

TEST(JobFingerprint, NoticesWhatDecidesTheClip) {
  const std::string before = fingerprint_of(some_clip());
  const std::vector<void (*)(JobSpec&)> changes = {
      [](JobSpec& job) { job.clip.prompt = "a square"; },
      [](JobSpec& job) { job.clip.seed = 1; },
      [](JobSpec& job) { job.clip.steps = 7; },
      [](JobSpec& job) { job.clip.precision = Precision::kBf16; },
      [](JobSpec& job) { job.clip.sampler = "euler"; },
      [](JobSpec& job) { job.inputs = "changed"; },
      [](JobSpec& job) { job.model = "other"; },
      [](JobSpec& job) {
        job.loras = {{"l", 1}};
      },
      [](JobSpec& job) { job.init_latents = "noise"; },
      [](JobSpec& job) { job.clip.guidance_2 = 2; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    JobSpec job = some_clip();
    changes[i](job);
    EXPECT_NE(fingerprint_of(job), before) << "change " << i;
  }
}

TEST(StateIsDue, EveryStepOrAfterSomeWork) {
  EXPECT_TRUE(state_is_due(0, 0));
  EXPECT_FALSE(state_is_due(9.9, 10));
  EXPECT_TRUE(state_is_due(10, 10));
}

}  // namespace
}  // namespace clipmill
