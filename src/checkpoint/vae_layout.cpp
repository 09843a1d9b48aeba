#include <fmt/format.h>

#include "checkpoint/layout.h"
#include "checkpoint/layout_builder.h"

namespace clipmill {
namespace {

using Dim = std::int64_t;

void add_residual(LayoutBuilder& builder, const std::string& name, Dim in, Dim out) {
  builder.add(name + ".norm1.gamma", {in, 1, 1, 1});
  builder.layer(name + ".conv1", {out, in, 3, 3, 3});
  builder.add(name + ".norm2.gamma", {out, 1, 1, 1});
  builder.layer(name + ".conv2", {out, out, 3, 3, 3});
  if (in != out) builder.layer(name + ".conv_shortcut", {out, in, 1, 1, 1});
}

void add_mid_block(LayoutBuilder& builder, const std::string& name, Dim dim) {
  add_residual(builder, name + ".resnets.0", dim, dim);
  builder.add(name + ".attentions.0.norm.gamma", {dim, 1, 1});
  builder.layer(name + ".attentions.0.to_qkv", {3 * dim, dim, 1, 1});
  builder.layer(name + ".attentions.0.proj", {dim, dim, 1, 1});
  add_residual(builder, name + ".resnets.1", dim, dim);
}

void add_head(LayoutBuilder& builder, const std::string& name, Dim in, Dim out) {
  builder.add(name + ".norm_out.gamma", {in, 1, 1, 1});
  builder.layer(name + ".conv_out", {out, in, 3, 3, 3});
}

void add_downsample(LayoutBuilder& builder, const std::string& name, Dim dim, bool temporal) {
  builder.layer(name + ".resample.1", {dim, dim, 3, 3});
  if (temporal) builder.layer(name + ".time_conv", {dim, dim, 3, 1, 1});
}

void add_upsample(LayoutBuilder& builder, const std::string& name, Dim in, Dim out, bool temporal) {
  builder.layer(name + ".resample.1", {out, in, 3, 3});
  if (temporal) builder.layer(name + ".time_conv", {2 * in, in, 3, 1, 1});
}

/// Names the modules of the encoder: 2.1 numbers them through, 2.2 by level.
class DownNames {
 public:
  explicit DownNames(bool residual) : residual_(residual) {}

  std::string resnet(int level, int i) {
    if (!residual_) return next();
    return fmt::format("encoder.down_blocks.{}.resnets.{}", level, i);
  }
  std::string downsampler(int level) {
    if (!residual_) return next();
    return fmt::format("encoder.down_blocks.{}.downsampler", level);
  }

 private:
  std::string next() { return fmt::format("encoder.down_blocks.{}", count_++); }

  bool residual_;
  int count_ = 0;
};

void add_encoder(LayoutBuilder& builder, const VaeConfig& config) {
  DownNames names(config.is_residual);
  Dim in = config.base_dim;
  builder.layer("encoder.conv_in", {in, config.in_channels, 3, 3, 3});
  for (int level = 0; level < config.levels(); ++level) {
    const Dim out = Dim{config.base_dim} * config.dim_mult[level];
    for (int i = 0; i < config.num_res_blocks; ++i, in = out) {
      add_residual(builder, names.resnet(level, i), in, out);
    }
    if (level + 1 < config.levels()) {
      add_downsample(builder, names.downsampler(level), out, config.temperal_downsample[level]);
    }
  }
  add_mid_block(builder, "encoder.mid_block", in);
  add_head(builder, "encoder", in, 2 * config.z_dim);
}

void add_up_block(LayoutBuilder& builder, const VaeConfig& config, int block, Dim in, Dim out) {
  const std::string name = fmt::format("decoder.up_blocks.{}", block);
  const int last = config.levels() - 1;
  for (int i = 0; i <= config.num_res_blocks; ++i, in = out) {
    add_residual(builder, fmt::format("{}.resnets.{}", name, i), in, out);
  }
  if (block == last) return;
  const bool temporal = config.temperal_downsample[last - 1 - block];
  if (config.is_residual) {
    add_upsample(builder, name + ".upsampler", out, out, temporal);
  } else {
    add_upsample(builder, name + ".upsamplers.0", out, out / 2, temporal);
  }
}

void add_decoder(LayoutBuilder& builder, const VaeConfig& config) {
  const Dim base = config.decoder_base_dim;
  Dim in = base * config.dim_mult.back();
  builder.layer("decoder.conv_in", {in, config.z_dim, 3, 3, 3});
  add_mid_block(builder, "decoder.mid_block", in);
  for (int block = 0; block < config.levels(); ++block) {
    const Dim out = base * config.dim_mult[config.levels() - 1 - block];
    add_up_block(builder, config, block, in, out);
    in = config.is_residual ? out : out / 2;  // 2.1 halves the channels as it upsamples
  }
  add_head(builder, "decoder", base * config.dim_mult.front(), config.out_channels);
}

}  // namespace

std::vector<TensorSpec> vae_layout(const VaeConfig& config) {
  const Dim z = config.z_dim;
  LayoutBuilder builder;
  add_encoder(builder, config);
  builder.layer("quant_conv", {2 * z, 2 * z, 1, 1, 1});
  builder.layer("post_quant_conv", {z, z, 1, 1, 1});
  add_decoder(builder, config);
  return builder.take();
}

}  // namespace clipmill
