#include "stages/pixels.h"

namespace clipmill {

at::Tensor to_bytes(const at::Tensor& pixels) {
  const at::Tensor bytes = at::empty({pixels.size(2), pixels.size(3), pixels.size(4), 3}, at::kByte);
  for (std::int64_t i = 0; i < bytes.size(0); ++i) {  // one at a time: no more than a frame is there twice
    at::Tensor frame = pixels[0].select(1, i) * 0.5;
    frame.add_(0.5).clamp_(0, 1).mul_(255).round_();
    bytes[i].copy_(frame.permute({1, 2, 0}));
  }
  return bytes;
}

Frame frame_at(const at::Tensor& bytes, std::int64_t i) {
  const at::Tensor picture = bytes[i];
  const auto* data = picture.const_data_ptr<std::uint8_t>();
  return Frame(static_cast<int>(picture.size(1)), static_cast<int>(picture.size(0)),
               std::vector<std::uint8_t>(data, data + picture.numel()));
}

}  // namespace clipmill
