#include "model/vae/shortcuts.h"

namespace clipmill {

at::Tensor average_down(const at::Tensor& input, std::int64_t channels, std::int64_t factor_t,
                        std::int64_t factor_s) {
  const std::int64_t missing = (factor_t - input.size(2) % factor_t) % factor_t;
  const at::Tensor x = at::constant_pad_nd(input, {0, 0, 0, 0, missing, 0});
  const at::Tensor deep =
      x.unflatten(4, {-1, factor_s}).unflatten(3, {-1, factor_s}).unflatten(2, {-1, factor_t});
  // [B, C, T, ft, H, fs, W, fs] → [B, C·ft·fs·fs, T, H, W]
  return deep.permute({0, 1, 3, 5, 7, 2, 4, 6}).flatten(1, 4).unflatten(1, {channels, -1}).mean(2);
}

at::Tensor duplicate_up(const at::Tensor& x, std::int64_t channels, std::int64_t factor_t,
                        std::int64_t factor_s, bool first_chunk) {
  const std::int64_t repeats = channels * factor_t * factor_s * factor_s / x.size(1);
  const at::Tensor deep =
      x.repeat_interleave(repeats, 1).unflatten(1, {channels, factor_t, factor_s, factor_s});
  // [B, C, ft, fs, fs, T, H, W] → [B, C, T·ft, H·fs, W·fs]
  const at::Tensor y = deep.permute({0, 1, 5, 2, 6, 3, 7, 4}).flatten(6, 7).flatten(4, 5).flatten(2, 3);
  return first_chunk ? y.narrow(2, factor_t - 1, y.size(2) - (factor_t - 1)) : y;
}

void add_duplicated_(const at::Tensor& x, const at::Tensor& small, std::int64_t factor_t,
                     std::int64_t factor_s, bool first_chunk) {
  const std::int64_t places = factor_t * factor_s * factor_s, left_out = first_chunk ? factor_t - 1 : 0;
  const at::Tensor channels = at::arange(x.size(1));
  const std::int64_t repeats = x.size(1) * places / small.size(1);
  for (std::int64_t place = 0; place < places; ++place) {  // of a small pixel's ft × fs × fs
    const std::int64_t t = place / (factor_s * factor_s) - left_out, h = place / factor_s % factor_s,
                       w = place % factor_s, skipped = t < 0 ? 1 : 0;
    const at::Tensor sources = (channels * places + place).floor_divide(repeats);
    const at::Tensor source =
        small.narrow(2, skipped, small.size(2) - skipped).index_select(1, sources.to(x.device()));
    x.slice(2, t + skipped * factor_t, std::nullopt, factor_t)
        .slice(3, h, std::nullopt, factor_s)
        .slice(4, w, std::nullopt, factor_s)
        .add_(source);
  }
}

}  // namespace clipmill
