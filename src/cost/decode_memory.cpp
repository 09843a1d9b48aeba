#include "cost/decode_memory.h"

#include <algorithm>

namespace clipmill {
namespace {

using std::int64_t;

/// Of model/vae/winograd.cpp: what it transforms at a time, in values, and channels that it takes together.
constexpr int64_t kInputBlock = int64_t{2} << 20, kWeightBlock = int64_t{4} << 20, kLanes = 4;

/// Room for one convolution of `seen` frames to `frames`: blocks of transformed tiles, products and weights.
struct Winograd {
  int64_t points, kernel_t;  // 16 points for a tile of 2×2 pixels; 9 where the map is doubled

  int64_t room(int64_t in, int64_t out, int64_t seen, int64_t frames, int64_t tiles) const {
    const int64_t block =
        std::clamp<int64_t>(kInputBlock / (points * seen * in), 1, std::max<int64_t>(1, tiles));
    const int64_t fitting = kWeightBlock / (points * kernel_t * in) / kLanes * kLanes;
    const int64_t channels = std::clamp(fitting, kLanes, std::max(kLanes, out));
    const int64_t copied = channels < out ? 9 * kernel_t * in * channels : 0;  // taps of some channels only
    return points * block * seen * in + frames * points * block * channels +
           points * kernel_t * in * channels + copied;
  }
};

/// The layers of the decoder in their order, for the chunk that takes most: the last of up to three. Symbols:
/// P pixels of a map (of a strip of it), T frames of the chunk.
class DecoderMemory {
 public:
  DecoderMemory(const VaeConfig& config, int64_t chunks, int strips, bool winograd)
      : config_(config), history_(std::min<int64_t>(2, chunks - 1)), strips_(strips), winograd_(winograd) {}

  /// The peak, of latents with `height` rows.
  double walk(int64_t height, int64_t width) {
    rows_ = height, columns_ = width, P_ = height * width, T_ = 1;
    finest_ = height << (config_.levels() - 1);
    all_ = passed_, passed_ = 0;
    int64_t in = channels(0);
    convolution(P_ * (config_.z_dim + in), config_.z_dim, in);
    residual(in, in);
    hold(9 * in * P_);  // attention: input, norm, queries, keys and values, what is mixed
    residual(in, in);
    for (int level = 0; level < config_.levels(); ++level) in = up(level, in);
    const int64_t out = (config_.out_channels + kLanes - 1) / kLanes * kLanes;
    convolution(T_ * P_ * (in + out), in, out);
    deliver(T_ * rows_ * columns_ * config_.out_channels);
    return static_cast<double>(peak_);
  }

 private:
  int64_t channels(int level) const {
    return config_.decoder_base_dim *
           config_.dim_mult[static_cast<std::size_t>(config_.levels() - 1 - level)];
  }

  int64_t up(int level, int64_t in) {
    const int last = config_.levels() - 1;
    const int64_t out = channels(level);
    enter(level < last ? 2 * rows_ : rows_);
    for (int i = 0; i <= config_.num_res_blocks; ++i, in = out) residual(in, out);
    if (level == last) return out;
    in = config_.is_residual ? out : out / 2;  // Wan 2.1 halves the channels as it doubles the size
    if (config_.temperal_downsample[static_cast<std::size_t>(last - 1 - level)] && history_ > 0)
      double_time(out);
    double_size(out, in);
    return in;
  }

  /// A strip of a level whose output has `rows` rows, with the rows that its convolutions look at.
  void enter(int64_t rows) {
    const int64_t height = (finest_ + strips_ - 1) / strips_, strips = (rows + height - 1) / height;
    const int64_t halo = (2 * (config_.num_res_blocks + 1) + 2) / 2 * 2;
    const int64_t own = ((rows_ + strips - 1) / strips + 1) / 2 * 2;
    P_ = columns_ * (strips <= 1 ? rows_ : std::min(rows_, own + halo * std::min<int64_t>(2, strips - 1)));
  }

  /// x, its norm, and what the first convolution makes of it; then x, that, and what the second makes of it.
  void residual(int64_t in, int64_t out) {
    convolution(T_ * P_ * (2 * in + out), in, out);
    convolution(T_ * P_ * (in + 2 * out), out, out);
  }

  /// 3×3×3, causal, while `maps` are alive.
  void convolution(int64_t maps, int64_t in, int64_t out) {
    const int64_t seen = T_ + history_;
    hold(maps + (winograd_ ? Winograd{16, 3}.room(in, out, seen, T_, P_ / 4) : seen * in * P_), in);
    passed_ += in * P_;
  }

  /// The input, with the frames before it; twice the channels, and these interleaved.
  void double_time(int64_t channels) {
    const int64_t map = channels * T_ * P_;
    hold(std::max(4 * map + 2 * channels * P_, 5 * map), channels);
    passed_ += channels * P_;
    T_ *= 2;
  }

  /// Winograd's way never makes the doubled map.
  void double_size(int64_t in, int64_t out) {
    hold(T_ * P_ * (in + 4 * out) +
         (winograd_ ? Winograd{9, 1}.room(in, out, T_, T_, P_) : 4 * in * T_ * P_));
    rows_ *= 2, columns_ *= 2, P_ *= 4;
  }

  /// The chunk's pixels, whatever the strips: twice while patches are laid out; then beside a frame of them
  /// in fp32 and all of them in 8 bits.
  void deliver(int64_t pixels) {
    hold(config_.patch_size > 1 ? 2 * pixels : pixels + pixels / T_ + pixels / 4);
  }

  /// Beside what convolutions remember: all of them of a whole map, those that were passed one frame more
  /// while there are two chunks; in strips only that of the one at work, of `remembering` channels, which was
  /// copied here.
  void hold(int64_t values, int64_t remembering = 0) {
    const int64_t whole = history_ == 1 ? all_ + passed_ : history_ * all_;
    peak_ = std::max(peak_, values + (strips_ > 1 ? history_ * remembering * P_ : whole));
  }

  const VaeConfig& config_;
  const int64_t history_;  // frames that a convolution remembers
  const int strips_;
  const bool winograd_;
  int64_t rows_ = 0, columns_ = 0, finest_ = 0, P_ = 0, T_ = 1;
  int64_t all_ = 0, passed_ = 0;  // values of a frame before all convolutions, and before those so far
  int64_t peak_ = 0;
};

}  // namespace

double decode_activations(const VaeConfig& config, std::int64_t frames, std::int64_t height,
                          std::int64_t width, const DecodePlan& plan, bool winograd) {
  DecoderMemory memory(config, frames, plan.strips, winograd);
  memory.walk(height, width);  // learns what all convolutions remember
  return memory.walk(height, width);
}

}  // namespace clipmill
