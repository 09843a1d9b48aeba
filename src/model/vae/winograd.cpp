#include "model/vae/winograd.h"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace clipmill {
namespace {

/// What is transformed at a time, in floats: products should find it in a processor's cache.
constexpr std::int64_t kInputBlock = std::int64_t{2} << 20, kWeightBlock = std::int64_t{4} << 20;

constexpr std::int64_t kLanes = 4;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

Lanes load(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof(lanes));
  return lanes;
}

void store(float* to, Lanes lanes) { std::memcpy(to, &lanes, sizeof(lanes)); }

/// The transforms along one axis: Bᵀ of the input, G of the weight, Aᵀ of the output. A tile of two pixels
/// reads kPoints pixels and has as many products.
template <bool kDoubled>
struct Axis;

template <>
struct Axis<false> {
  static constexpr int kPoints = 4;
  static constexpr float kWeight[kPoints][3] = {{1, 0, 0}, {.5F, .5F, .5F}, {.5F, -.5F, .5F}, {0, 0, 1}};

  static void input(const Lanes* d, int step, Lanes* v) {
    v[0] = d[0] - d[2 * step];
    v[step] = d[step] + d[2 * step];
    v[2 * step] = d[2 * step] - d[step];
    v[3 * step] = d[step] - d[3 * step];
  }
  static void output(const Lanes* m, int step, Lanes& first, Lanes& second) {
    first = m[0] + m[step] + m[2 * step];
    second = m[step] - m[2 * step] - m[3 * step];
  }
};

/// Of the doubled pixels a, b, b, c the third product is (b − b): left out.
template <>
struct Axis<true> {
  static constexpr int kPoints = 3;
  static constexpr float kWeight[kPoints][3] = {{1, 0, 0}, {.5F, .5F, .5F}, {0, 0, 1}};

  static void input(const Lanes* d, int step, Lanes* v) {
    v[0] = d[0] - d[step];
    v[step] = d[step] + d[step];
    v[2 * step] = d[step] - d[2 * step];
  }
  static void output(const Lanes* m, int step, Lanes& first, Lanes& second) {
    first = m[0] + m[step];
    second = m[step] - m[2 * step];
  }
};

/// One frame [H,W,C] in memory.
struct Frame {
  const float* data;
  std::int64_t height, width, channels;

  const float* pixel(std::int64_t y, std::int64_t x, const float* outside) const {
    const bool inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? data + (y * width + x) * channels : outside;
  }
};

/// v[point · stride + c] of the tile whose first pixel read is (y, x).
template <bool kDoubled>
void transform_input(const Frame& frame, std::int64_t y, std::int64_t x, const float* outside, float* v,
                     std::int64_t stride) {
  constexpr int kAxis = Axis<kDoubled>::kPoints, kPoints = kAxis * kAxis;
  const float* pixels[kPoints];
  for (int i = 0; i < kPoints; ++i) pixels[i] = frame.pixel(y + i / kAxis, x + i % kAxis, outside);
  for (std::int64_t c = 0; c < frame.channels; c += kLanes) {
    Lanes d[kPoints], columns[kPoints], points[kPoints];
#pragma GCC unroll 16
    for (int i = 0; i < kPoints; ++i) d[i] = load(pixels[i] + c);
#pragma GCC unroll 4
    for (int i = 0; i < kAxis; ++i) Axis<kDoubled>::input(d + i, kAxis, columns + i);
#pragma GCC unroll 4
    for (int i = 0; i < kAxis; ++i) Axis<kDoubled>::input(columns + i * kAxis, 1, points + i * kAxis);
#pragma GCC unroll 16
    for (int i = 0; i < kPoints; ++i) store(v + i * stride + c, points[i]);
  }
}

/// A tile's two by two pixels, `channels` of each. Pixels that are not there are null.
template <bool kDoubled>
void transform_output(const float* m, std::int64_t stride, const float* bias, std::int64_t channels,
                      float* const (&pixels)[2][2]) {
  constexpr int kAxis = Axis<kDoubled>::kPoints, kPoints = kAxis * kAxis;
  for (std::int64_t c = 0; c < channels; c += kLanes) {
    Lanes points[kPoints], rows[2][kAxis], y[2][2];
    const Lanes b = load(bias + c);
#pragma GCC unroll 16
    for (int i = 0; i < kPoints; ++i) points[i] = load(m + i * stride + c);
#pragma GCC unroll 4
    for (int i = 0; i < kAxis; ++i) Axis<kDoubled>::output(points + i, kAxis, rows[0][i], rows[1][i]);
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
      Axis<kDoubled>::output(rows[i], 1, y[i][0], y[i][1]);
      if (pixels[i][0]) store(pixels[i][0] + c, y[i][0] + b);
      if (pixels[i][1]) store(pixels[i][1] + c, y[i][1] + b);
    }
  }
}

/// Each frame one piece of memory, channels innermost.
at::Tensor with_plain_frames(const at::Tensor& x) {
  const bool plain = x.stride(1) == 1 && x.stride(4) == x.size(1) && x.stride(3) == x.size(4) * x.size(1);
  return plain ? x : x.contiguous(at::MemoryFormat::ChannelsLast3d);
}

std::vector<Frame> frames_of(std::vector<at::Tensor>& inputs) {
  std::vector<Frame> frames;
  for (at::Tensor& x : inputs) {
    x = with_plain_frames(x);
    for (std::int64_t t = 0; t < x.size(2); ++t)
      frames.push_back({x.select(2, t).const_data_ptr<float>(), x.size(3), x.size(4), x.size(1)});
  }
  return frames;
}

at::Tensor room_for(std::int64_t floats) { return at::empty({floats}, at::kFloat); }

/// One convolution. The picture is cut into tiles of two by two pixels, and these and the output channels
/// into blocks. A block's input is laid out [points, tiles, frames, Ci], so that a frame and those before it
/// are the rows of one matrix.
template <bool kDoubled>
class Convolution {
 public:
  Convolution(std::vector<Frame> frames, std::int64_t kernel_t, const at::Tensor& y)
      : frames_(std::move(frames)),
        seen_(static_cast<std::int64_t>(frames_.size())),
        kernel_t_(kernel_t),
        ci_(frames_[0].channels),
        co_(y.size(1)),
        height_(y.size(3)),
        width_(y.size(4)),
        across_((width_ + 1) / 2),
        tiles_((height_ + 1) / 2 * across_),
        block_(std::clamp<std::int64_t>(kInputBlock / (kPoints * seen_ * ci_), 1, tiles_)),
        missing_(kernel_t - 1 + y.size(2) - seen_),
        outside_(ci_, 0.0F) {
    for (std::int64_t t = 0; t < y.size(2); ++t)
      outputs_.push_back(y.select(2, t).template mutable_data_ptr<float>());
  }

  void run(const at::Tensor& taps, const float* bias) {
    const std::int64_t fitting = kWeightBlock / (kPoints * kernel_t_ * ci_) / kLanes * kLanes;
    const std::int64_t co_block = std::clamp(fitting, kLanes, co_), count = outputs_.size();
    const at::Tensor inputs = room_for(kPoints * block_ * seen_ * ci_);
    const at::Tensor products = room_for(count * kPoints * block_ * co_block);
    for (std::int64_t c = 0; c < co_; c += co_block) {
      channels_ = std::min(co_block, co_ - c);
      const at::Tensor weights = transform_weights(taps.narrow(2, c, channels_));
      for (first_ = 0; first_ < tiles_; first_ += block_) {
        count_ = std::min(block_, tiles_ - first_);
        transform_inputs(inputs.mutable_data_ptr<float>());
        multiply(inputs, weights, products);
        transform_outputs(products.const_data_ptr<float>(), bias + c, c);
      }
    }
  }

 private:
  static constexpr std::int64_t kAxis = Axis<kDoubled>::kPoints, kPoints = kAxis * kAxis;

  /// taps [9, kt·Ci, channels] → [points, kt·Ci, channels]
  at::Tensor transform_weights(const at::Tensor& taps) const {
    auto* matrix = const_cast<float*>(&Axis<kDoubled>::kWeight[0][0]);
    const at::Tensor g = at::from_blob(matrix, {kAxis, 3}, at::kFloat);
    return at::mm(at::kron(g, g), taps.reshape({9, -1}));
  }

  void transform_inputs(float* v) const {
    constexpr std::int64_t kStep = kDoubled ? 1 : 2;  // from tile to tile
    at::parallel_for(0, count_ * seen_, 8, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t tile = first_ + i / seen_;
        transform_input<kDoubled>(frames_[i % seen_], tile / across_ * kStep - 1, tile % across_ * kStep - 1,
                                  outside_.data(), v + i * ci_, count_ * seen_ * ci_);
      }
    });
  }

  /// v [points, tiles, frames, Ci], u [points, kt·Ci, channels] → m [frames, points, tiles, channels]
  void multiply(const at::Tensor& v, const at::Tensor& u, const at::Tensor& m) const {
    const auto frames = static_cast<std::int64_t>(outputs_.size());
    at::parallel_for(0, frames * kPoints, 1, [&](std::int64_t begin, std::int64_t end) {
      const c10::NoGradGuard no_grad;  // a thread has a mode of its own
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t t = i / kPoints, point = i % kPoints;
        const std::int64_t skipped = std::max<std::int64_t>(0, missing_ - t);  // taps over zeros
        const std::int64_t depth = (kernel_t_ - skipped) * ci_, from = t + skipped - missing_;
        const at::Tensor a =
            v.as_strided({count_, depth}, {seen_ * ci_, 1}, (point * count_ * seen_ + from) * ci_);
        const at::Tensor b =
            u.as_strided({depth, channels_}, {channels_, 1}, (point * kernel_t_ + skipped) * ci_ * channels_);
        at::Tensor product = m.as_strided({count_, channels_}, {channels_, 1}, i * count_ * channels_);
        at::mm_out(product, a, b);
      }
    });
  }

  void transform_outputs(const float* m, const float* bias, std::int64_t channel) const {
    const auto frames = static_cast<std::int64_t>(outputs_.size());
    at::parallel_for(0, frames * count_, 8, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t t = i / count_, tile = i % count_;
        float* pixels[2][2];
        for (int j = 0; j < 4; ++j) pixels[j / 2][j % 2] = pixel(t, first_ + tile, j / 2, j % 2, channel);
        transform_output<kDoubled>(m + (t * kPoints * count_ + tile) * channels_, count_ * channels_, bias,
                                   channels_, pixels);
      }
    });
  }

  float* pixel(std::int64_t t, std::int64_t tile, std::int64_t dy, std::int64_t dx, std::int64_t c) const {
    const std::int64_t y = tile / across_ * 2 + dy, x = tile % across_ * 2 + dx;
    return y < height_ && x < width_ ? outputs_[t] + (y * width_ + x) * co_ + c : nullptr;
  }

  std::vector<Frame> frames_;
  std::vector<float*> outputs_;  // of each frame
  std::int64_t seen_, kernel_t_, ci_, co_, height_, width_, across_, tiles_, block_;
  std::int64_t missing_;  // frames before the clip's first
  std::vector<float> outside_;
  std::int64_t first_ = 0, count_ = 0, channels_ = 0;  // the block at work
};

template <bool kDoubled>
at::Tensor convolve(std::vector<at::Tensor> inputs, const at::Tensor& taps, const at::Tensor& bias,
                    std::int64_t kernel_t) {
  constexpr std::int64_t kScale = kDoubled ? 2 : 1;
  const at::Tensor& x = inputs.back();
  const at::Tensor y = at::empty({1, taps.size(2), x.size(2), x.size(3) * kScale, x.size(4) * kScale},
                                 x.options(), at::MemoryFormat::ChannelsLast3d);
  Convolution<kDoubled>(frames_of(inputs), kernel_t, y).run(taps, bias.const_data_ptr<float>());
  return y;
}

}  // namespace

Winograd::Winograd(const at::Tensor& weight, const at::Tensor& bias) : outputs_(weight.size(0)) {
  const std::int64_t more = (outputs_ + kLanes - 1) / kLanes * kLanes - outputs_;
  at::Tensor kernel = weight.dim() == 4 ? weight.unsqueeze(2) : weight;
  kernel_t_ = kernel.size(2);
  if (more > 0) kernel = at::constant_pad_nd(kernel, {0, 0, 0, 0, 0, 0, 0, 0, 0, more});
  bias_ = more > 0 ? at::constant_pad_nd(bias, {0, more}) : bias;
  taps_ = kernel.permute({3, 4, 2, 1, 0}).contiguous().flatten(2, 3).flatten(0, 1);
}

bool Winograd::takes(const at::Tensor& weight) {
  return weight.is_cpu() && weight.scalar_type() == at::kFloat && !weight.requires_grad() &&
         weight.storage().use_count() == 1 && weight.size(1) % kLanes == 0 && weight.size(-2) == 3 &&
         weight.size(-1) == 3;
}

bool Winograd::takes_input(const at::Tensor& x) {
  return x.size(0) == 1 && x.scalar_type() == at::kFloat && !at::GradMode::is_enabled() &&
         !at::autocast::is_autocast_enabled(at::kCPU);
}

at::Tensor Winograd::weight() const {
  return taps_.view({3, 3, kernel_t_, -1, taps_.size(2)}).permute({4, 3, 2, 0, 1}).narrow(0, 0, outputs_);
}

at::Tensor Winograd::operator()(const at::Tensor& before, const at::Tensor& x) const {
  const auto inputs = before.defined() ? std::vector{before, x} : std::vector{x};
  return convolve<false>(inputs, taps_, bias_, kernel_t_).narrow(1, 0, outputs_);
}

at::Tensor Winograd::of_doubled(const at::Tensor& x) const {
  return convolve<true>({x}, taps_, bias_, kernel_t_).narrow(1, 0, outputs_);
}

}  // namespace clipmill
