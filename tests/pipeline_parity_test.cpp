// Whole clips by the program itself, flags in and tensors out, against Diffusers' pipeline.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/golden.h"
#include "program.h"

namespace clipmill {
namespace {

std::vector<nlohmann::json> cases() {
  std::ifstream stream(golden_folder() / "cases.json");
  return nlohmann::json::parse(stream).get<std::vector<nlohmann::json>>();
}

class PipelineParity : public testing::TestWithParam<nlohmann::json> {
 protected:
  /// Paths in the flags are relative to the golden folder.
  Outcome run_clipmill(const std::string& precision) const {
    std::string command = "cd " + quoted(golden_folder()) + " && " + quoted(kBuild / "clipmill") + " run";
    for (const std::string flag : GetParam().at("flags"))
      command += " " + quoted(flag == "fp32" ? precision : flag);
    if (const char* device = std::getenv("CLIPMILL_TEST_DEVICE")) command += " --device " + quoted(device);
    return folder_.run(command + " --save-tensors " + quoted(folder_.path()) + " --output " +
                       quoted(folder_ / "clip.mp4"));
  }

  Golden expected(const std::string& name) const {
    return Golden(GetParam().at("expected").at(name).get<std::string>());
  }
  at::Tensor actual(const std::string& name, const std::string& key) const {
    return load_tensor(folder_ / (name + ".safetensors"), key);
  }

  const TemporaryFolder folder_;
};

TEST_P(PipelineParity, EmbedsLatentsAndFrames) {
  const Outcome run = run_clipmill("fp32");
  ASSERT_EQ(run.exit_code, 0) << run.out << run.err;
  for (const char* key : {"prompt_embeds", "negative_prompt_embeds"}) {
    if (!expected("prompt_embeds").has(key)) continue;
    EXPECT_LE(relative_l2(actual("prompt_embeds", key), expected("prompt_embeds")[key]), 1e-5) << key;
  }
  EXPECT_LE(relative_l2(actual("latents", "latents"), expected("latents")["latents"]), 1e-4);

  const at::Tensor frames = actual("frames", "frames").to(at::kInt),
                   golden = expected("frames")["frames"].to(at::kInt);
  ASSERT_EQ(frames.sizes(), golden.sizes());
  EXPECT_GE(((frames - golden).abs() <= 1).to(at::kDouble).mean().item<double>(), 0.995);
  EXPECT_GT(fs::file_size(folder_ / "clip.mp4"), 0u);
}

// Rounding differs from kernel to kernel; what counts is that it takes us no further from fp32 than it takes
// the reference.
TEST_P(PipelineParity, HalfPrecisionIsAsNearToFp32AsTheReferencesOwn) {
  constexpr double kMost = 1.5;
  for (const std::string precision : {"bf16", "fp16"}) {
    const Outcome run = run_clipmill(precision);
    ASSERT_EQ(run.exit_code, 0) << precision << run.out << run.err;
    for (const auto& [key, theirs] : GetParam().at("half_distance").at(precision).items()) {
      const std::string file = key.ends_with("embeds") ? "prompt_embeds" : key;
      const double ours = relative_l2(actual(file, key), expected(file)[key]);
      EXPECT_LE(ours, kMost * theirs.get<double>()) << precision << " " << key;
      if (std::getenv("CLIPMILL_PRINT"))
        printf("  %s %s: %.2f × the reference's distance of %.1e\n", precision.c_str(), key.c_str(),
               ours / theirs.get<double>(), theirs.get<double>());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, PipelineParity, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.at("name").template get<std::string>(); });

}  // namespace
}  // namespace clipmill
