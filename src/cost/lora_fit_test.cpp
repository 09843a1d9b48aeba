#include "cost/lora_fit.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace clipmill {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(CLIPMILL_SOURCE_DIR) / "tests/golden";

/// What check_loras says of a golden LoRA; empty: it fits.
std::string complaint(const std::string& model, const std::string& lora, bool second) {
  JobSpec job;
  auto& loras = second ? job.loras_2 : job.loras;
  loras.push_back({(kGolden / "lora" / (lora + ".safetensors")).string(), 0.5});
  try {
    check_loras(job, ModelFolder::open(kGolden / "models" / model));
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(LoraFit, OfTheModelItWasMadeFor) {
  for (const char* lora : {"diffusers", "original", "kohya", "patterns", "outside", "head_difference"})
    EXPECT_EQ(complaint("wan21", lora, false), "") << lora;
}

TEST(LoraFit, NotOfAnotherModel) {
  for (const bool second : {false, true}) {
    const std::string text = complaint("two_transformers", "kohya", second);
    EXPECT_NE(text.find("kohya.safetensors: \"lora_unet_blocks_"), text.npos) << text;
  }
  EXPECT_NE(complaint("wan21", "kohya", true).find("has one transformer"), std::string::npos);
  EXPECT_NE(complaint("wan21", "missing", false).find("missing.safetensors"), std::string::npos);
}

}  // namespace
}  // namespace clipmill
