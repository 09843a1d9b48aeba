// Whole clips by the program itself, flags in and tensors out, against Diffusers' pipeline.
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/golden.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;

std::vector<nlohmann::json> cases() {
  std::ifstream stream(golden_folder() / "cases.json");
  return nlohmann::json::parse(stream).get<std::vector<nlohmann::json>>();
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

class PipelineParity : public testing::TestWithParam<nlohmann::json> {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  /// Paths in the flags are relative to the golden folder.
  int run_clipmill() const {
    std::string command = "cd " + quoted(golden_folder()) + " && " + quoted(CLIPMILL_BINARY_DIR "/clipmill") + " run";
    for (const std::string flag : GetParam().at("flags")) command += " " + quoted(flag);
    command += " --save-tensors " + quoted(folder_) + " --output " + quoted(folder_ / "clip.mp4") + " >" + quoted(folder_ / "log") + " 2>&1";
    return std::system(command.c_str());
  }

  std::string log() const {
    std::ifstream stream(folder_ / "log");
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  Golden expected(const std::string& name) const { return Golden(GetParam().at("expected").at(name).get<std::string>()); }
  at::Tensor actual(const std::string& name, const std::string& key) const { return load_tensor(folder_ / (name + ".safetensors"), key); }

  const fs::path folder_ = fs::temp_directory_path() / ("clipmill-parity-" + GetParam().at("name").get<std::string>() + std::to_string(::getpid()));
};

TEST_P(PipelineParity, EmbedsLatentsAndFrames) {
  ASSERT_EQ(run_clipmill(), 0) << log();
  for (const char* key : {"prompt_embeds", "negative_prompt_embeds"}) {
    if (!expected("prompt_embeds").has(key)) continue;
    EXPECT_LE(relative_l2(actual("prompt_embeds", key), expected("prompt_embeds")[key]), 1e-5) << key;
  }
  EXPECT_LE(relative_l2(actual("latents", "latents"), expected("latents")["latents"]), 1e-4);

  const at::Tensor frames = actual("frames", "frames").to(at::kInt), golden = expected("frames")["frames"].to(at::kInt);
  ASSERT_EQ(frames.sizes(), golden.sizes());
  EXPECT_GE(((frames - golden).abs() <= 1).to(at::kDouble).mean().item<double>(), 0.995);
  EXPECT_GT(fs::file_size(folder_ / "clip.mp4"), 0u);
}

INSTANTIATE_TEST_SUITE_P(Cases, PipelineParity, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.at("name").template get<std::string>(); });

}  // namespace
}  // namespace clipmill
