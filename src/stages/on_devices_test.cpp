// A whole clip on every device: as on the CPU, and broken off and gone on with.
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "model/golden.h"
#include "stages/clip_runner.h"
#include "stages/testing/small_clip.h"
#include "vram/testing/test_devices.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;

class ClipOnDevice : public testing::TestWithParam<std::string> {
 protected:
  ~ClipOnDevice() override { fs::remove_all(folder_); }

  JobSpec job(const std::string& name, Precision precision) const {
    JobSpec job = test::small_clip("wan21", folder_ / name, /*frames=*/9, /*steps=*/4, /*guidance=*/3);
    job.clip.precision = precision;
    return job;
  }

  /// To its end, or broken off after `last_step` steps.
  void run(Device& device, const JobSpec& job, const std::string& state = "", int last_step = 0) const {
    StopFlag stop;
    const Report report = [&](const EventPayload& what) {
      const auto* progress = std::get_if<StageProgress>(&what);
      if (progress && progress->stage == Stage::kDenoise && progress->done == last_step) stop.set();
    };
    ClipRunner().run(job, {device, settings_, clock_, report, stop, Part::kWhole, state});
  }

  static at::Tensor tensor(const JobSpec& job, const std::string& name) {
    return load_tensor(fs::path(job.save_tensors) / (name + ".safetensors"), name);
  }

  const fs::path folder_ = fs::temp_directory_path() / ("clipmill-on-devices-" + std::to_string(::getpid()));
  const WorkerSettings settings_{.threads = 1, .state_seconds = 0};
  const SystemClock clock_;
  const std::unique_ptr<Device> device_ = test::open_test_device(GetParam());
};

TEST_P(ClipOnDevice, LooksAsOnTheCpu) {
  const auto cpu = open_device("cpu:0");
  const JobSpec expected = job("expected", Precision::kFp32);
  run(*cpu, expected);
  for (const auto& [precision, tolerance] :
       {std::pair{Precision::kFp32, 1e-4}, {Precision::kBf16, 1e-1}, {Precision::kFp16, 2e-2}}) {
    const JobSpec clip = job("clip", precision);
    run(*device_, clip);
    EXPECT_LE(relative_l2(tensor(clip, "latents"), tensor(expected, "latents")), tolerance);
    const at::Tensor difference =
        (tensor(clip, "frames").to(at::kFloat) - tensor(expected, "frames").to(at::kFloat)).abs();
    EXPECT_LE(difference.mean().item<double>(), precision == Precision::kFp32 ? 0.01 : 10.0);
  }
}

TEST_P(ClipOnDevice, ResumedEndsInTheSameLatents) {
  const JobSpec whole = job("whole", Precision::kFp32), resumed = job("resumed", Precision::kFp32);
  run(*device_, whole);
  const std::string state = folder_ / "state";
  EXPECT_THROW(run(*device_, resumed, state, 2), Error);
  ASSERT_TRUE(fs::exists(state));
  run(*device_, resumed, state);
  EXPECT_TRUE(at::equal(tensor(resumed, "latents"), tensor(whole, "latents")));
}

TEST_P(ClipOnDevice, LeavesTheDeviceAsItFoundIt) {
  run(*device_, job("first", Precision::kFp32));  // libraries keep workspaces of their own
  const std::int64_t before = device_->memory().current;
  run(*device_, job("second", Precision::kFp32));
  EXPECT_EQ(device_->memory().current, before);
}

INSTANTIATE_TEST_SUITE_P(Devices, ClipOnDevice, testing::ValuesIn(test::test_devices()),
                         [](const auto& info) { return test::in_test_name(info.param); });

}  // namespace
}  // namespace clipmill
