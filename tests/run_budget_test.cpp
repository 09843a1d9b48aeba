// `clipmill run` within a budget of device memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "run_program.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

/// One clip of 64×64, 17 frames: 15.1 MiB where everything stays on the device, 4.1 at the least.
class Budget : public Run {
 protected:
  /// Its record; the frames stay in NAME/frames.safetensors.
  json made(const std::string& name, const std::string& flags) const {
    const Outcome run =
        clipmill("--model " + kModel + kPrompt + " --size 64x64 --steps 2 --json --save-tensors " + name +
                 " --output " + name + ".mp4 " + flags);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    said_ = run.err;
    return json::parse(run.out).at("jobs").at(0);
  }

  static std::int64_t peak_of(const json& job) {
    std::int64_t most = 0;
    for (const json& stage : job.at("stages"))
      most = std::max(most, stage.at("peak_bytes").get<std::int64_t>());
    return most;
  }

  void expect_same_frames(const std::string& one, const std::string& other) const {
    const std::string a = content_of(folder_ / one / "frames.safetensors"),
                      b = content_of(folder_ / other / "frames.safetensors");
    ASSERT_EQ(a.size(), b.size());
    ASSERT_GT(a.size(), std::size_t{64 * 64 * 3 * 17});
    for (std::size_t i = 0; i < a.size(); ++i)
      ASSERT_LE(std::abs(static_cast<unsigned char>(a[i]) - static_cast<unsigned char>(b[i])), 1) << i;
  }

  mutable std::string said_;
};

TEST_F(Budget, ThePlanFitsIntoItAndThePixelsAreTheSame) {
  EXPECT_EQ(made("whole", "").at("plan"), "resident");
  for (const std::int64_t budget : {10'000'000, 5'500'000}) {
    const json job = made("small", "--vram " + std::to_string(budget));
    EXPECT_NE(job.at("plan"), "resident");
    EXPECT_LE(peak_of(job), budget);
    EXPECT_THAT(said_, testing::Not(HasSubstr("did not fit"))) << "known before it ran";
    expect_same_frames("whole", "small");
  }
}

TEST_F(Budget, WhatDoesNotFitGoesOnUnderASmallerPlan) {
  made("whole", "");
  const json job = made("small", "--vram 10MB --memory-plan resident");
  EXPECT_EQ(job.at("plan"), "released");
  EXPECT_LE(peak_of(job), 10'000'000);
  EXPECT_THAT(said_, HasSubstr("did not fit, goes on released"));
  expect_same_frames("whole", "small");
}

TEST_F(Budget, OfEachDeviceItsOwn) {
  EXPECT_NE(made("small", "--device cpu:0@6MB").at("plan"), "resident");
  const std::string base = "--model " + kModel + kPrompt + " --size 64x64 --output clip.mp4 ";
  const Outcome refused = clipmill(base + "--device cpu:0@2MB");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("MiB of device memory"), HasSubstr("smallest memory plan")));
  EXPECT_THAT(clipmill(base + "--device cpu:0@lots").err, HasSubstr("the memory of cpu:0"));
  EXPECT_THAT(clipmill(base + "--vram lots").err, HasSubstr("--vram"));
}

TEST_F(Budget, AMemoryReportIsOfThePlansThatRanAndLeavesNothingElse) {
  const Outcome run = one("--vram 3MB --memory-plan resident --memory-report memory.html --output a.mp4");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(files(), testing::UnorderedElementsAre("a.mp4", "memory.html"));
  EXPECT_THAT(run.out, AllOf(HasSubstr("within 2.9 MiB"), HasSubstr("process: at most")));
}

TEST_F(Budget, WhatAMemoryReportMeasuredIsNotMadeAnewWithoutOne) {
  write_shots(2);
  ASSERT_EQ(clipmill("shots.toml --memory-report memory.html").exit_code, 0);
  EXPECT_THAT(clipmill("shots.toml").out, HasSubstr("2 from before"));
}

}  // namespace
}  // namespace clipmill
