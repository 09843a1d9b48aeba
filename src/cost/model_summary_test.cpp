#include "cost/model_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "checkpoint/layout.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kModels = fs::path(CLIPMILL_SOURCE_DIR) / "models";

TEST(ModelSummary, CountsWhatTheConfigurationPromises) {
  const ModelFolder model = ModelFolder::open(kModels / "shapes");
  const ModelSummary summary = summarize(model);
  const auto layout = transformer_layout(model.transformer_config());
  EXPECT_EQ(summary.components.at(0).parameters, parameter_count(layout));
  EXPECT_EQ(summary.components.at(0).tensors, layout.size());
  EXPECT_EQ(summary.parameters(), parameter_count(layout) + parameter_count(vae_layout(model.vae_config())) +
                                      parameter_count(text_encoder_layout(model.text_encoder_config())));
  EXPECT_EQ(summary.components.at(0).bytes,
            static_cast<std::int64_t>(
                fs::file_size(kModels / "shapes/transformer/diffusion_pytorch_model.safetensors")));
}

TEST(ModelSummary, LimitsFollowFromTheConfiguration) {
  const ModelFolder model = ModelFolder::open(kModels / "shapes");
  const ModelSummary summary = summarize(model);
  EXPECT_EQ(summary.limits.grid_width, 16);
  EXPECT_EQ(summary.limits.temporal_factor, 4);
  EXPECT_EQ(summary.max_width(), 16 * model.transformer_config().rope_max_seq_len);
  EXPECT_FALSE(summary.limits.two_transformers);
}

TEST(ModelSummary, TheLargestClipIsAllowedAndTheNextIsNot) {
  const ModelSummary summary = summarize(ModelFolder::open(kModels / "shapes"));
  ClipSpec clip{.width = summary.max_width(), .height = summary.max_height(), .frames = summary.max_frames()};
  EXPECT_THAT(violations(clip, summary.limits), ElementsAre());
  clip.frames += summary.limits.temporal_factor;
  EXPECT_THAT(violations(clip, summary.limits), ElementsAre(HasSubstr("frames")));
  clip.frames = summary.max_frames();
  clip.width += summary.limits.grid_width;
  EXPECT_THAT(violations(clip, summary.limits), ElementsAre(HasSubstr("width")));
}

TEST(ModelSummary, FrameRuleWithATemporalPatch) {
  ModelSummary summary;
  summary.limits = {.temporal_factor = 4, .latent_frames_step = 2, .max_positions = 3};
  EXPECT_THAT(to_text(summary), HasSubstr("8k+5, at most 21"));
  for (const int frames : {5, 13, 21}) {
    EXPECT_THAT(violations(ClipSpec{.width = 16, .height = 16, .frames = frames}, summary.limits),
                ElementsAre());
  }
}

TEST(ModelSummary, TextAndJsonSayTheSame) {
  const ModelSummary summary = summarize(ModelFolder::open(kModels / "shapes"));
  const nlohmann::json object = to_json(summary);
  EXPECT_EQ(object.at("parameters"), summary.parameters());
  EXPECT_EQ(object.at("components").size(), 3u);
  EXPECT_THAT(to_text(summary), HasSubstr(object.at("scheduler").get<std::string>()));
}

}  // namespace
}  // namespace clipmill
