// The stages of a job: those of a clip, the one of a program of the user's, then those of training and
// measuring a model, each in order.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace clipmill {

enum class Stage {
  kLoad,
  kEncodeText,
  kDenoise,
  kDecode,
  kRender,
  kEncodeVideo,
  kCommand,
  kPrepareData,
  kFitMemory,
  kTrainVae,
  kCacheLatents,
  kTrainTransformer,
  kEvaluate
};

struct StageName {
  Stage stage;
  std::string_view name;
};

inline constexpr std::array<StageName, 13> kStages = {{
    {Stage::kLoad, "load"},
    {Stage::kEncodeText, "encode_text"},
    {Stage::kDenoise, "denoise"},
    {Stage::kDecode, "decode"},
    {Stage::kRender, "render"},
    {Stage::kEncodeVideo, "encode_video"},
    {Stage::kCommand, "command"},
    {Stage::kPrepareData, "prepare_data"},
    {Stage::kFitMemory, "fit_memory"},
    {Stage::kTrainVae, "train_vae"},
    {Stage::kCacheLatents, "cache_latents"},
    {Stage::kTrainTransformer, "train_transformer"},
    {Stage::kEvaluate, "evaluate"},
}};

/// Frames flow from one to the next while all of them run.
constexpr bool overlaps(Stage stage) { return stage >= Stage::kDecode && stage <= Stage::kEncodeVideo; }

/// Goes on with earlier work, so that its first progress may be many steps.
constexpr bool resumes(Stage stage) { return stage >= Stage::kPrepareData; }

constexpr std::string_view to_string(Stage stage) { return kStages[static_cast<std::size_t>(stage)].name; }

/// Empty if no stage is called so.
constexpr std::optional<Stage> stage_from(std::string_view name) {
  for (const auto& [stage, known] : kStages) {
    if (known == name) return stage;
  }
  return std::nullopt;
}

}  // namespace clipmill
