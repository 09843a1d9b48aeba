#include "cost/vae_work.h"

namespace clipmill {
namespace {

/// Adds up layers from the latents to the pixels; knows the resolution that it is at.
class DecoderWalk {
 public:
  DecoderWalk(std::int64_t frames, std::int64_t height, std::int64_t width)
      : chunks_(static_cast<double>(frames)), pixels_(static_cast<double>(height * width)) {}

  void pointwise(double in, double out) { flops_ += 2 * in * out * frames() * pixels_; }

  /// 3×3×3, causal in time.
  void convolution(double in, double out) { flops_ += 2 * 27 * in * out * frames() * pixels_; }

  void residual(double in, double out) {
    convolution(in, out);
    convolution(out, out);
    if (in != out) pointwise(in, out);
  }

  /// One head over the pixels of each frame.
  void attention(double channels) {
    pointwise(channels, 4 * channels);
    flops_ += 4 * pixels_ * pixels_ * channels * frames();
  }

  void double_time(double channels) {
    const double rest = frames() - 1;  // the first chunk is not doubled
    flops_ += 2 * 3 * channels * 2 * channels * rest * pixels_;
    chunk_ *= 2;
  }

  /// Each pixel four times, then a 3×3 convolution of each frame.
  void double_size(double in, double out) {
    pixels_ *= 4;
    flops_ += 2 * 9 * in * out * frames() * pixels_;
  }

  double flops() const { return flops_; }

 private:
  double frames() const { return 1 + (chunks_ - 1) * chunk_; }

  double chunks_, pixels_;
  double chunk_ = 1;  // frames of all chunks but the first
  double flops_ = 0;
};

}  // namespace

double decode_flops(const VaeConfig& config, std::int64_t frames, std::int64_t height, std::int64_t width) {
  DecoderWalk walk(frames, height, width);
  const int last = config.levels() - 1;
  const auto channels = [&](int block) {
    return double{1} * config.decoder_base_dim * config.dim_mult[static_cast<std::size_t>(last - block)];
  };
  double in = channels(0);
  walk.pointwise(config.z_dim, config.z_dim);
  walk.convolution(config.z_dim, in);
  walk.residual(in, in);
  walk.attention(in);
  walk.residual(in, in);
  for (int block = 0; block <= last; ++block) {
    const double out = channels(block);
    for (int i = 0; i <= config.num_res_blocks; ++i, in = out) walk.residual(in, out);
    if (block == last) break;
    if (config.temperal_downsample[static_cast<std::size_t>(last - 1 - block)]) walk.double_time(out);
    in = config.is_residual ? out : out / 2;  // Wan 2.1 halves the channels as it doubles the size
    walk.double_size(out, in);
  }
  walk.convolution(in, config.out_channels);
  return walk.flops();
}

}  // namespace clipmill
