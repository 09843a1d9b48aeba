#include "simulate/manifest_workload.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

TEST(ManifestWorkload, AJobForEachClipAtWhatItCosts) {
  Manifest manifest = parse_manifest(
      "model = \"a\"\n[[clip]]\nprompt = \"x\"\nsteps = 10\nseeds = [1, 2]\n"
      "[[clip]]\nprompt = \"y\"\nsteps = 30\nmodel = \"b\"\npriority = 4\n",
      Format::kToml, "shots.toml", {});
  manifest.jobs[1].deadline = 1'100;
  const Workload workload = manifest_workload(
      manifest,
      [](const JobSpec& spec) {
        return ClipCost{2.0 * spec.clip.steps, 7};
      },
      1'000);
  ASSERT_EQ(workload.jobs.size(), 3u);
  EXPECT_EQ(workload.jobs[0].seconds, 20);
  EXPECT_EQ(workload.jobs[2].expected, 60);
  EXPECT_EQ(workload.jobs[2].priority, 4);
  EXPECT_EQ(workload.models, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(workload.jobs[2].model, 1);
  EXPECT_EQ(workload.jobs[0].deadline, kNever);
  EXPECT_EQ(workload.jobs[1].deadline, 100);
}

TEST(ManifestWorkload, LargerClipsTakeLonger) {
  JobSpec small, large;
  large.clip.frames = 2 * small.clip.frames, large.clip.steps = 3 * small.clip.steps;
  const ClipEstimate estimate = estimate_by_size(small.clip, {90, 5});
  EXPECT_DOUBLE_EQ(estimate(small).seconds, 90);
  EXPECT_DOUBLE_EQ(estimate(large).seconds, 6 * 90);
  EXPECT_EQ(estimate(large).bytes, 5);
}

}  // namespace
}  // namespace clipmill
