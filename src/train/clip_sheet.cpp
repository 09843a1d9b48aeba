#include "train/clip_sheet.h"

#include <algorithm>

#include "media/still.h"
#include "stages/pixels.h"

namespace clipmill {
namespace {

constexpr int kStills = 5, kColumns = 2, kGap = 6;

/// Red around a clip's row of stills.
void frame_red(Frame& canvas, int x, int y, int width, int height) {
  for (int j = y - 2; j < y + height + 2; ++j) {
    for (int i = x - 2; i < x + width + 2; ++i) {
      if (i >= x && i < x + width && j >= y && j < y + height) continue;
      std::uint8_t* pixel = canvas.row(j) + 3 * i;
      pixel[0] = 230, pixel[1] = pixel[2] = 0;
    }
  }
}

}  // namespace

void write_clip_sheet(const std::filesystem::path& file, const std::vector<at::Tensor>& clips,
                      const std::vector<bool>& marked) {
  if (clips.empty()) return;
  const int height = static_cast<int>(clips[0].size(1)), width = static_cast<int>(clips[0].size(2));
  const int frames = static_cast<int>(clips[0].size(0)), count = static_cast<int>(clips.size());
  const int rows = (count + kColumns - 1) / kColumns;
  Frame canvas(kColumns * (kStills * width + kGap) + kGap, rows * (height + kGap) + kGap);
  std::ranges::fill(canvas.rgb, 128);
  for (int i = 0; i < count; ++i) {
    const int x = kGap + i % kColumns * (kStills * width + kGap), y = kGap + i / kColumns * (height + kGap);
    const auto index = static_cast<std::size_t>(i);
    for (int s = 0; s < kStills; ++s)
      paste(canvas, frame_at(clips[index], (frames - 1) * s / (kStills - 1)), x + s * width, y);
    if (index < marked.size() && marked[index]) frame_red(canvas, x, y, kStills * width, height);
  }
  write_png(file, canvas);
}

}  // namespace clipmill
