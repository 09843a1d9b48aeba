// Clips that run out of device memory on their way: they go on, and what is done stays done.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "model/golden.h"
#include "stages/clip_runner.h"
#include "stages/testing/small_clip.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;

constexpr int kSteps = 5;
constexpr MemoryPlan kReleasedPlan{.resident = false};

class StepDown : public testing::Test {
 protected:
  ~StepDown() override {
    device_->set_budget(0);
    fs::remove_all(folder_);
  }

  JobSpec job(const std::string& name) const {
    return test::small_clip("wan21", folder_ / name, /*frames=*/9, kSteps, /*guidance=*/3);
  }

  /// What it tells is in steps_, changes_ and peak_.
  void run(ClipRunner& runner, const JobSpec& job, const MemoryPlan& plan = {},
           const std::function<bool()>& release_idle = {}) {
    StopFlag stop;
    const Report report = [&](const EventPayload& what) {
      if (const auto* change = std::get_if<PlanChanged>(&what)) {
        changes_.push_back(*change);
        device_->set_budget(0);
      }
      if (const auto* stage = std::get_if<StageFinished>(&what)) peak_ = std::max(peak_, stage->peak_bytes);
      const auto* progress = std::get_if<StageProgress>(&what);
      if (!progress || progress->stage != Stage::kDenoise) return;
      steps_.push_back(progress->done);
      if (progress->done == last_step_that_fits_) device_->set_budget(device_->memory().current);
    };
    steps_.clear();
    changes_.clear();
    peak_ = 0;
    runner.run(job, {.device = *device_,
                     .settings = settings_,
                     .clock = clock_,
                     .report = report,
                     .stop = stop,
                     .plan = plan,
                     .release_idle = release_idle});
  }

  static at::Tensor latents(const JobSpec& job) {
    return load_tensor(fs::path(job.save_tensors) / "latents.safetensors", "latents");
  }

  const fs::path folder_ = fs::temp_directory_path() / ("clipmill-step-down-" + std::to_string(::getpid()));
  const WorkerSettings settings_{.threads = 1, .state_seconds = 1e9};
  const SystemClock clock_;
  const std::unique_ptr<Device> device_ = open_device("cpu:0");
  int last_step_that_fits_ = 0;  // until the plan changes
  std::vector<int> steps_;
  std::vector<PlanChanged> changes_;
  std::int64_t peak_ = 0;  // of all stages so far
};

TEST_F(StepDown, InTheMiddleKeepsTheStepsThatAreDone) {
  const JobSpec whole = job("whole"), stepped = job("stepped");
  ClipRunner runner;
  run(runner, whole);

  last_step_that_fits_ = 2;
  run(runner, stepped);
  EXPECT_THAT(steps_, testing::ElementsAre(1, 2, 3, 4, 5)) << "each once";
  ASSERT_EQ(changes_.size(), 1u);
  EXPECT_EQ(changes_[0].stage, Stage::kDenoise);
  EXPECT_EQ(changes_[0].to, kReleasedPlan);
  EXPECT_TRUE(at::equal(latents(stepped), latents(whole)));
}

TEST_F(StepDown, WhatOtherLanesKeepIdleGoesFirst) {
  ClipRunner idle, runner;
  run(idle, job("idle"));
  const std::int64_t budget = peak_ + peak_ / 50;  // for one of them
  device_->set_budget(budget);
  run(runner, job("clip"), {}, [&] { return idle.release_if_idle(*device_); });
  EXPECT_THAT(changes_, testing::IsEmpty());
  EXPECT_FALSE(idle.release_if_idle(*device_)) << "it was released";
  device_->set_budget(0);

  run(idle, job("idle"));
  device_->set_budget(budget);
  run(runner, job("clip"));
  EXPECT_THAT(changes_, testing::Not(testing::IsEmpty())) << "or its own plan has to shrink";
}

}  // namespace
}  // namespace clipmill
