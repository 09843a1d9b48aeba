#include "media/label.h"

#include "media/font.h"

namespace clipmill {
namespace {

// Capitals are 0.7 em high in the fonts that find_font() knows, Chinese characters more: 8 % and one pixel
// for rounding make them 5 % of the shorter side at every size.
constexpr double kEm = 0.08;

double width_in_em(const std::string& text) {
  double width = 0;
  for (const unsigned char byte : text) {
    if (byte < 0x80)
      width += 0.7;
    else if (byte >= 0xC0)
      width += 1.0;
  }
  return width;
}

}  // namespace

FilterOptions label_options(const std::string& text, Size expected) {
  const int shorter = std::min(expected.width, expected.height);
  if (width_in_em(text) * (shorter * kEm + 1) > expected.width) {
    throw Error(ErrorKind::kInput,
                fmt::format("label \"{}\" is too long for a picture {} pixels wide", text, expected.width),
                "use \"AI-generated\" or \"AI生成\"");
  }
  return {{"text", text},
          {"expansion", "none"},
          {"fontfile", find_font(text).string()},
          {"fontsize", fmt::format("ceil({}*min(w,h))+1", kEm)},
          {"fontcolor", "white"},
          {"box", "1"},
          {"boxcolor", "black@0.6"},
          {"boxborderw", std::to_string(shorter / 80 + 1)},
          {"x", "w-text_w-ceil(0.02*min(w,h))-1"},
          {"y", "h-text_h-ceil(0.02*min(w,h))-1"}};
}

}  // namespace clipmill
