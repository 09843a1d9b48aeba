// The stages of a clip, in order.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace clipmill {

enum class Stage { kLoad, kEncodeText, kDenoise, kDecode, kRender, kEncodeVideo };

struct StageName {
  Stage stage;
  std::string_view name;
};

inline constexpr std::array<StageName, 6> kStages = {{
    {Stage::kLoad, "load"},
    {Stage::kEncodeText, "encode_text"},
    {Stage::kDenoise, "denoise"},
    {Stage::kDecode, "decode"},
    {Stage::kRender, "render"},
    {Stage::kEncodeVideo, "encode_video"},
}};

constexpr std::string_view to_string(Stage stage) { return kStages[static_cast<std::size_t>(stage)].name; }

/// Empty if no stage is called so.
constexpr std::optional<Stage> stage_from(std::string_view name) {
  for (const auto& [stage, known] : kStages) {
    if (known == name) return stage;
  }
  return std::nullopt;
}

}  // namespace clipmill
