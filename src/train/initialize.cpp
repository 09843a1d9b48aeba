#include "train/initialize.h"

#include <cmath>

namespace clipmill {
namespace {

constexpr double kPastTap = 0.1;       // of a temporal kernel's taps before the current frame
constexpr double kBranchEnd = 1e-3;    // of a residual branch's last convolution
constexpr double kLogVariance = -6.0;  // of the latent distribution

bool ends_in(const std::string& name, std::string_view end) { return name.ends_with(end); }
bool holds(const std::string& name, std::string_view part) { return name.find(part) != std::string::npos; }

/// PyTorch's default for linear layers and convolutions: U(−1/√fan_in, 1/√fan_in).
void fill_uniform(at::Tensor& t, at::Generator& generator) {
  const double fan_in =
      t.dim() > 1 ? static_cast<double>(t.numel() / t.size(0)) : static_cast<double>(t.numel());
  t.uniform_(-1 / std::sqrt(fan_in), 1 / std::sqrt(fan_in), generator);
}

/// Output channel o copies input channel o mod C of the current frame, in addition.
void add_current_frame(at::Tensor& weight) {
  const std::int64_t in = weight.size(1);
  for (std::int64_t o = 0; o < weight.size(0); ++o) weight[o][o % in][weight.size(2) - 1][0][0] += 1;
}

void initialize_convolution(const std::string& name, at::Tensor& t, at::Generator& generator) {
  if (ends_in(name, ".bias") || ends_in(name, "attentions.0.proj.weight")) return;  // zeros
  fill_uniform(t, generator);
  const bool temporal = t.dim() == 5 && t.size(2) > 1;
  if (temporal) t.narrow(2, 0, t.size(2) - 1).mul_(kPastTap);
  if (ends_in(name, "time_conv.weight")) {
    t.mul_(kPastTap);
    add_current_frame(t);
  }
  if (ends_in(name, "conv2.weight")) t.mul_(kBranchEnd);
}

/// Rows 2 and 5 of a block's table: gate_sa and gate_ff.
void zero_gates(at::Tensor& table) {
  for (const std::int64_t gate : {2, 5}) table.select(1, gate).zero_();
}

}  // namespace

Initializer vae_initializer(const VaeConfig& config) {
  const std::int64_t z = config.z_dim;
  return [z](const std::string& name, at::Tensor& t, at::Generator& generator) {
    if (ends_in(name, "gamma")) {
      t.fill_(1);
      return;
    }
    initialize_convolution(name, t, generator);
    if (name == "quant_conv.weight") t.narrow(0, z, z).mul_(0.1);
    if (name == "quant_conv.bias") t.narrow(0, z, z).fill_(kLogVariance);
  };
}

Initializer transformer_initializer(const TransformerConfig& config) {
  const double d = config.inner_dim();
  return [d](const std::string& name, at::Tensor& t, at::Generator& generator) {
    if (holds(name, "norm") && ends_in(name, ".weight")) {
      t.fill_(1);
    } else if (ends_in(name, "scale_shift_table")) {
      t.normal_(0, 1 / std::sqrt(d), generator);
      if (t.size(1) == 6) zero_gates(t);
    } else if (ends_in(name, "time_proj.weight")) {
      t.normal_(0, 0.02 / std::sqrt(d), generator);
    } else if (ends_in(name, "proj_out.weight")) {
      t.normal_(0, 0.02 / std::sqrt(d), generator);
    } else if (ends_in(name, ".weight")) {
      t.normal_(0, 1 / std::sqrt(static_cast<double>(t.numel() / t.size(0))), generator);
    }
  };
}

Initializer text_encoder_initializer(const TextEncoderConfig& config) {
  const double model = config.d_model, key = config.d_kv, inner = config.inner_dim(), ff = config.d_ff;
  return [=](const std::string& name, at::Tensor& t, at::Generator& generator) {
    const double std = holds(name, "layer_norm")        ? 0
                       : ends_in(name, "shared.weight") ? 1
                       : ends_in(name, ".q.weight")     ? 1 / std::sqrt(model * key)
                       : ends_in(name, ".o.weight")     ? 1 / std::sqrt(inner)
                       : ends_in(name, ".wo.weight")    ? 1 / std::sqrt(ff)
                                                        : 1 / std::sqrt(model);
    std > 0 ? t.normal_(0, std, generator) : t.fill_(1);
  };
}

}  // namespace clipmill
