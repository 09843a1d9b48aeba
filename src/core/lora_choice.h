// Which LoRAs a clip is made with, and how strong each is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace clipmill {

struct LoraChoice {
  std::string path;  ///< safetensors
  double scale = 1;

  bool operator==(const LoraChoice&) const = default;
};

/// "style.safetensors:0.8;motion.safetensors": a scale follows the last colon, 1 if there is none. Empty
/// pieces count for nothing. Throws Error(kInput) for a scale beyond ±100 or without a file.
std::vector<LoraChoice> parse_loras(std::string_view text);
/// The same with every scale written out.
std::string format_loras(const std::vector<LoraChoice>& loras);

}  // namespace clipmill
