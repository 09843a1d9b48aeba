#include "stages/pixels.h"

namespace clipmill {

at::Tensor to_bytes(const at::Tensor& pixels) {
  const at::Tensor scaled = ((pixels * 0.5 + 0.5).clamp(0, 1) * 255).round();
  return scaled[0].permute({1, 2, 3, 0}).to(at::kByte).cpu().contiguous();
}

Frame frame_at(const at::Tensor& bytes, std::int64_t i) {
  const at::Tensor picture = bytes[i];
  const auto* data = picture.const_data_ptr<std::uint8_t>();
  return Frame(static_cast<int>(picture.size(1)), static_cast<int>(picture.size(0)),
               std::vector<std::uint8_t>(data, data + picture.numel()));
}

}  // namespace clipmill
