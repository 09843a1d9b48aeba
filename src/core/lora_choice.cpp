#include "core/lora_choice.h"

#include <cmath>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"

namespace clipmill {
namespace {

constexpr double kLargestScale = 100;

LoraChoice parse_lora(std::string_view text) {
  LoraChoice lora{std::string(text), 1};
  const std::size_t colon = text.rfind(':');
  if (colon != text.npos) {
    if (const auto scale = number_in<double>(text.substr(colon + 1)))
      lora.path = text.substr(0, colon), lora.scale = *scale;
  }
  if (lora.path.empty()) throw input_error("must be FILE or FILE:SCALE, not \"{}\"", shorten(text, 60));
  if (!(std::abs(lora.scale) <= kLargestScale))
    throw input_error("takes a scale from -100 to 100, not {}", lora.scale);
  return lora;
}

}  // namespace

std::vector<LoraChoice> parse_loras(std::string_view text) {
  std::vector<LoraChoice> loras;
  for (const std::string_view piece : pieces(text, ';')) loras.push_back(parse_lora(piece));
  return loras;
}

std::string format_loras(const std::vector<LoraChoice>& loras) {
  std::string text;
  for (const LoraChoice& lora : loras)
    text += fmt::format("{}{}:{}", text.empty() ? "" : ";", lora.path, lora.scale);
  return text;
}

}  // namespace clipmill
