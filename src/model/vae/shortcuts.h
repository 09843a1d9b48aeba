// The parameter-free shortcuts of the residual VAE (Wan 2.2).
#pragma once

#include <ATen/ATen.h>

namespace clipmill {

/// Space-to-depth by (factor_t, factor_s, factor_s), then the mean over groups of channels:
/// [B,C,T,H,W] → [B,channels,T/ft,H/fs,W/fs]. Time is padded in front to a multiple of factor_t.
at::Tensor average_down(const at::Tensor& x, std::int64_t channels, std::int64_t factor_t,
                        std::int64_t factor_s);

/// Channels repeated and moved to depth: [B,C,T,H,W] → [B,channels,T·ft,H·fs,W·fs]; without the first ft−1
/// frames when `first_chunk`, because the clip's first frame is not doubled in time.
at::Tensor duplicate_up(const at::Tensor& x, std::int64_t channels, std::int64_t factor_t,
                        std::int64_t factor_s, bool first_chunk);

/// x += duplicate_up(small, …) without making it: for where no gradient is wanted.
void add_duplicated_(const at::Tensor& x, const at::Tensor& small, std::int64_t factor_t,
                     std::int64_t factor_s, bool first_chunk);

}  // namespace clipmill
